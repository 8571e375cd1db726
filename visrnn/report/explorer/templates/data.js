"use strict";
// The study, and the arrays beside the page: scripts, added when they are needed.

const Explorer = {};

Explorer.study = JSON.parse(document.getElementById("study").textContent);

(() => {
  const waiting = new Map();
  const arrays = new Map();
  let halves = null;

  // What every script in data/ calls.
  Explorer.receive = (key, text) => waiting.get(key)?.(text);

  const damaged = (key) => new Error(`data/${key}.js is missing or damaged.`);

  function loadScript(key) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      waiting.set(key, (text) => {
        waiting.delete(key);
        resolve(text);
      });
      // One that is cut short runs without a call of `receive`.
      script.onload = () => (script.remove(), reject(damaged(key)));
      script.onerror = () => reject(damaged(key));
      script.src = `data/${key}.js`;
      document.head.append(script);
    });
  }

  function decode(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  // float16 as float32: a table of all 65,536.
  function widen(bits) {
    if (!halves) {
      halves = new Float32Array(65536);
      for (let i = 0; i < 65536; i++) {
        const exponent = (i >> 10) & 31;
        const fraction = i & 1023;
        const size =
          exponent === 31
            ? fraction
              ? NaN
              : Infinity
            : exponent
              ? 2 ** (exponent - 15) * (1 + fraction / 1024)
              : 2 ** -14 * (fraction / 1024);
        halves[i] = i >> 15 ? -size : size;
      }
    }
    return Float32Array.from(bits, (each) => halves[each]);
  }

  Explorer.widen = widen;

  const READERS = {
    u1: (buffer) => new Uint8Array(buffer),
    i1: (buffer) => new Int8Array(buffer),
    u2: (buffer) => new Uint16Array(buffer),
    f2: (buffer) => widen(new Uint16Array(buffer)),
    f4: (buffer) => new Float32Array(buffer),
  };

  async function read(name) {
    const { parts, kind } = Explorer.study.files[name];
    const keys = Array.from({ length: parts }, (_, part) => `${name}-${part}`);
    const texts = await Promise.all(keys.map(loadScript));
    try {
      const pieces = new Blob(texts.map(decode)).stream();
      const stream = pieces.pipeThrough(new DecompressionStream("gzip"));
      return READERS[kind](await new Response(stream).arrayBuffer());
    } catch {
      throw damaged(keys.join(".js or data/"));
    }
  }

  // An array of the study by name, loaded once.
  Explorer.array = (name) => {
    if (!arrays.has(name)) arrays.set(name, read(name));
    return arrays.get(name);
  };

  // An element with text in it. Whatever is not ours gets into the page by this or as a value.
  Explorer.make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "class") element.className = value;
      else if (name in element && typeof value !== "string") element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };

  Explorer.find = (id) => document.getElementById(id);

  // Lets the page answer before more is computed.
  Explorer.pause = () => new Promise((resolve) => setTimeout(resolve, 0));

  Explorer.say = (text) => {
    Explorer.find("message").textContent = text;
  };
})();
