"use strict";
// The memory of every unit of a net over the whole text, in a worker: int8, 127 for 1. Of a large
// net some streams only, evenly spread.

(() => {
  const { study } = Explorer;
  const { length } = study;
  const MOST = 5e7;

  function work(makeNets) {
    const { build, tanh } = makeNets();
    self.onmessage = ({ data }) => {
      const { description, flat, text, previous, streams, size } = data;
      const lanes = 4;
      const net = build(description, flat, lanes);
      const units = net.layers * net.hidden;
      for (let from = 0; from < streams.length; from += lanes) {
        const group = streams.slice(from, from + lanes);
        const lane = (i) => group[Math.min(i, group.length - 1)];
        const values = new Int8Array(group.length * size * units);
        const state = net.start();
        const tokens = [0, 1, 2, 3].map((i) => previous[lane(i)]);
        net.step(state, tokens);
        const memory = state.c ?? state.h;
        for (let t = 0; t < size; t++) {
          for (let i = 0; i < lanes; i++) tokens[i] = text[lane(i) * size + t];
          net.step(state, tokens);
          for (let i = 0; i < group.length; i++)
            for (let layer = 0; layer < net.layers; layer++) {
              const at = (i * size + t) * units + layer * net.hidden;
              for (let unit = 0; unit < net.hidden; unit++) {
                const value = memory[layer][i * net.hidden + unit];
                values[at + unit] = Math.round(127 * (state.c ? tanh(value) : value));
              }
            }
        }
        self.postMessage({ group, values }, [values.buffer]);
      }
    };
  }

  // The scan of a model: `streams` that are done, and their values, stream by stream.
  Explorer.scan = async (model) => {
    if (model.scan) return model.scan;
    await model.load();
    const units = model.net.layers * model.net.hidden;
    const all = study.streams.length;
    const count = Math.max(1, Math.min(all, Math.floor(MOST / (length * units))));
    const wanted = Array.from({ length: count }, (_, i) => Math.floor((i * all) / count));
    const source = `"use strict";(${work})(${makeNets})`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    const scan = { units, wanted: count, values: new Map(), listeners: new Set() };
    model.scan = scan;
    scan.finished = new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({ data: { group, values } }) => {
        const size = length * units;
        group.forEach((stream, i) =>
          scan.values.set(stream, values.subarray(i * size, (i + 1) * size)),
        );
        scan.listeners.forEach((listener) => listener());
        if (scan.values.size < count) return;
        worker.terminate();
        URL.revokeObjectURL(address);
        resolve(scan);
      };
    });
    const { text, flat, net } = model;
    const previous = study.previous;
    worker.postMessage({ description: net, flat, text, previous, streams: wanted, size: length });
    return scan;
  };

  // Every value that is known of a unit, and where: calls `each(place, value)`.
  Explorer.eachValue = (model, layer, unit, each) => {
    const { scan } = model;
    const column = layer * model.net.hidden + unit;
    for (const [stream, values] of scan.values)
      for (let t = 0; t < length; t++) each(stream * length + t, values[t * scan.units + column]);
  };
})();
