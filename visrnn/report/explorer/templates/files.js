"use strict";
// Files that are dropped on the page or opened: a text, or a net of one's own. They may hold
// anything: what does not fit is refused with one line.

(() => {
  const { study, find } = Explorer;
  // Bytes of a text that are read, and the largest whole numbers that a card may have.
  const MOST = 100_000;
  const LIMITS = { layers: 16, hidden: 4096, n: 64 };
  const BLOCKS = { rnn: 1, lstm: 4, gru: 3 };

  function refuse(text) {
    throw new Error(text);
  }

  // A value of a file, as JSON, short enough for a line.
  const shown = (value) => (JSON.stringify(value) ?? "nothing").slice(0, 60);

  Explorer.readFiles = async (files) => {
    Explorer.say("");
    try {
      const byName = new Map(files.map((file) => [file.name, file]));
      const card = byName.get("card.json");
      const weights = byName.get("weights.safetensors");
      if (card && weights) await addNet(await card.text(), await weights.arrayBuffer());
      else if (card || weights)
        refuse("A net is two files of its folder, together: card.json and weights.safetensors.");
      else if (files.length !== 1) refuse(`Expected one text, found ${files.length} files.`);
      else await readText(files[0]);
    } catch (error) {
      Explorer.say(error.message);
    }
  };

  async function readText(file) {
    const bytes = await file
      .slice(0, MOST)
      .arrayBuffer()
      .catch(() => refuse(`${file.name} cannot be read.`));
    try {
      // As a stream, because its last character may be cut.
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
      find("own-text").value = text;
    } catch {
      refuse(`${file.name}: expected a text in UTF-8, found other bytes.`);
    }
    Explorer.own.show = true;
    await Explorer.readOwn();
  }

  function readCard(text) {
    let card = null;
    try {
      card = JSON.parse(text);
    } catch {
      refuse("card.json: expected JSON, found something else.");
    }
    if (card?.corpus?.sha256 !== study.sha256)
      refuse("card.json: expected a net of this page's text, found one of another text.");
    if (typeof card.run !== "string" || !card.run)
      refuse(`card.json: run: expected a name, found ${shown(card.run)}.`);
    if (card.cell !== "nnn" && !Object.hasOwn(BLOCKS, card.cell))
      refuse(`card.json: cell: expected rnn, lstm, gru or nnn, found ${shown(card.cell)}.`);
    if (card.symbols !== study.symbols.length)
      refuse(`card.json: symbols: expected ${study.symbols.length}, found ${shown(card.symbols)}.`);
    for (const key of card.cell === "nnn" ? ["hidden", "n"] : ["layers", "hidden"])
      if (!(Number.isInteger(card[key]) && card[key] > 0 && card[key] <= LIMITS[key]))
        refuse(
          `card.json: ${key}: expected a whole number from 1 to ${LIMITS[key]}, found ${shown(card[key])}.`,
        );
    return card;
  }

  // The tensors of a net, by PyTorch's names.
  function shapesOf({ cell, layers, hidden, symbols, n }) {
    const shapes = {};
    if (cell === "nnn") {
      shapes.weights_in = [n, symbols, hidden];
      shapes.bias = [hidden];
    } else {
      const width = BLOCKS[cell] * hidden;
      for (let layer = 0; layer < layers; layer++) {
        shapes[`weights_in.${layer}`] = [layer ? hidden : symbols, width];
        shapes[`weights.${layer}`] = [hidden, width];
        shapes[`biases.${layer}`] = [width];
      }
    }
    shapes["decoder.weight"] = [symbols, hidden];
    shapes["decoder.bias"] = [symbols];
    return shapes;
  }

  // The tensors of a safetensors file one after the other, as float32.
  function readTensors(buffer, shapes) {
    let header = null;
    let start = 8;
    try {
      start += Number(new DataView(buffer).getBigUint64(0, true));
      header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
    } catch {
      refuse("weights.safetensors: expected a file of safetensors, found something else.");
    }
    const parts = Object.entries(shapes).map(([name, shape]) => {
      const { dtype, shape: found, data_offsets: offsets } = Object(Object(header)[name]);
      if (shown(found) !== shown(shape) || !(dtype === "F32" || dtype === "F16"))
        refuse(
          `weights.safetensors: ${name}: expected F32 or F16 ${shown(shape)}, found ${shown(dtype)} ${shown(found)}.`,
        );
      const size = shape.reduce((product, each) => product * each, 1);
      const [from, to] = Array.isArray(offsets) ? offsets : [];
      const bytes = buffer.slice(start + from, start + to);
      if (bytes.byteLength !== size * (dtype === "F32" ? 4 : 2))
        refuse(`weights.safetensors: ${name}: the file is damaged or cut short.`);
      const part =
        dtype === "F32" ? new Float32Array(bytes) : Explorer.widen(new Uint16Array(bytes));
      if (!part.every(Number.isFinite))
        refuse(`weights.safetensors: ${name}: expected finite numbers, found others.`);
      return part;
    });
    const flat = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      flat.set(part, at);
      at += part.length;
    }
    return flat;
  }

  function addNet(text, buffer) {
    const { run, cell, layers, hidden, symbols, n } = readCard(text);
    const tensors = shapesOf({ cell, layers, hidden, symbols, n });
    const flat = readTensors(buffer, tensors);
    let label = run.slice(0, 80);
    for (let i = 1; Explorer.modelOf(label); i++)
      label = `${run.slice(0, 80)} (yours${i > 1 ? ` ${i}` : ""})`;
    const net = { cell, layers, hidden, symbols, n, tensors, weights: null, states: null };
    const model = new Explorer.Model({ run: label, cell, loss: null, net });
    model.flat = flat;
    Explorer.models.push(model);
    Explorer.dropped.push(label);
    Explorer.addNetOption(model);
    return Explorer.change({ net: label });
  }

  Explorer.openFiles = () => {
    find("file").addEventListener("change", (event) => {
      Explorer.readFiles([...event.target.files]);
      // So that the same file can be opened again.
      event.target.value = "";
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) Explorer.readFiles([...event.dataTransfer.files]);
    });
  };
})();
