"use strict";
// The lines in view as a picture: one list of what is drawn, as SVG or on a canvas.

(() => {
  const { find, make } = Explorer;
  const CELL = 8.4;
  const LINE = 20;
  const FONT = "14px ui-monospace, Menlo, Consolas, monospace";

  function parts() {
    const { reading } = Explorer;
    const { css, ink, dark } = Explorer.colours;
    const painter = reading.painter();
    const drawn = [];
    let y = 34;
    let widest = 40;
    for (const [from, to] of reading.visible()) {
      let column = 0;
      for (let place = from; place < to; place++) {
        const isTab = reading.points()[place] === 9;
        const wide = Explorer.glyphs.width(reading.points()[place], column);
        const rgb = painter.at(place)?.rgb;
        drawn.push({
          x: 10 + column * CELL,
          y,
          width: wide * CELL,
          fill: rgb ? css(rgb) : null,
          text: isTab ? "" : reading.glyphAt(place),
          ink: rgb ? ink(rgb) : dark.matches ? "#e2e8f0" : "#1e293b",
        });
        column += wide;
      }
      widest = Math.max(widest, column);
      y += LINE;
    }
    const title = `${Explorer.study.corpus}: ${painter.title}`;
    return {
      drawn,
      title,
      width: Math.ceil(20 + widest * CELL),
      height: y + 10,
      page: dark.matches ? "#0f172a" : "#ffffff",
      ink: dark.matches ? "#e2e8f0" : "#1e293b",
    };
  }

  function save(blob, name) {
    const address = URL.createObjectURL(blob);
    const link = make("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  Explorer.svgOfView = () => {
    const picture = parts();
    const root = document.implementation.createDocument(
      "http://www.w3.org/2000/svg",
      "svg",
    ).documentElement;
    const add = (tag, attributes, text) => {
      const element = root.ownerDocument.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      // XML knows no control characters; glyphs have pictures for them.
      if (text !== undefined) element.textContent = text;
      root.append(element);
    };
    root.setAttribute("width", picture.width);
    root.setAttribute("height", picture.height);
    root.setAttribute("style", `font:${FONT};white-space:pre`);
    add("rect", { width: "100%", height: "100%", fill: picture.page });
    add("text", { x: 10, y: 20, fill: picture.ink }, picture.title);
    for (const { x, y, width, fill } of picture.drawn)
      if (fill) add("rect", { x, y, width: width + 0.3, height: LINE, fill });
    for (const { x, y, text, ink } of picture.drawn)
      if (text.trim()) add("text", { x, y: y + 15, fill: ink }, text);
    return new XMLSerializer().serializeToString(root);
  };

  Explorer.canvasOfView = () => {
    const picture = parts();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * picture.width;
    canvas.height = 2 * picture.height;
    const pen = canvas.getContext("2d");
    pen.scale(2, 2);
    pen.font = FONT;
    pen.fillStyle = picture.page;
    pen.fillRect(0, 0, picture.width, picture.height);
    pen.fillStyle = picture.ink;
    pen.fillText(picture.title, 10, 20);
    for (const { x, y, width, fill, text, ink } of picture.drawn) {
      if (fill) {
        pen.fillStyle = fill;
        pen.fillRect(x, y, width + 0.3, LINE);
      }
      pen.fillStyle = ink;
      pen.fillText(text, x, y + 15);
    }
    return canvas;
  };

  Explorer.openPictures = () => {
    find("save-svg").addEventListener("click", () =>
      save(new Blob([Explorer.svgOfView()], { type: "image/svg+xml" }), "explorer.svg"),
    );
    find("save-png").addEventListener("click", () =>
      Explorer.canvasOfView().toBlob((blob) => save(blob, "explorer.png")),
    );
  };
})();
