"use strict";
// The nets, as visrnn/nets has them: RNN, LSTM, GRU, and the n-NN. `makeNets` is complete in
// itself, because a worker is made from its text.

function makeNets() {
  // What is recorded of a unit; the first is its memory. As visrnn.settings.names.CELLS.
  const QUANTITIES = { rnn: ["h"], lstm: ["c", "h", "i", "f", "o"], gru: ["h", "z", "r"] };
  const BLOCKS = { rnn: 1, lstm: 4, gru: 3 };

  // exp to one part in 1e10, several times faster than Math.exp: 2^(n / 64) from two tables, times
  // a polynomial of the rest.
  const powers = Float64Array.from({ length: 2200 }, (_, i) => 2 ** (i - 1100));
  const roots = Float64Array.from({ length: 64 }, (_, i) => 2 ** (i / 64));
  function exp(x) {
    if (!(x > -700)) return x <= -700 ? 0 : NaN;
    if (x > 700) return Infinity;
    const n = Math.floor(x * (64 / Math.LN2) + 0.5);
    const rest = x - n * (Math.LN2 / 64);
    return powers[(n >> 6) + 1100] * roots[n & 63] * (1 + rest * (1 + rest * (0.5 + rest / 6)));
  }
  const sigmoid = (x) => 1 / (1 + exp(-x));
  const tanh = (x) => 1 - 2 / (exp(2 * x) + 1);

  // [rows, columns] as [columns, rows].
  function transpose(weight, rows, columns) {
    const result = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        result[column * rows + row] = weight[row * columns + column];
    return result;
  }

  // out[row] += weight[row] . x for rows from `first` to before `last`; x begins at `start`, out at
  // `at`. A product of its own for four x's, because it reads a weight once for all of them.
  function addOne(weight, columns, first, last, x, start, out, at) {
    const even = columns - (columns % 4);
    for (let row = first; row < last; row++) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      const from = row * columns;
      let j = 0;
      for (; j < even; j += 4) {
        a += weight[from + j] * x[start + j];
        b += weight[from + j + 1] * x[start + j + 1];
        c += weight[from + j + 2] * x[start + j + 2];
        d += weight[from + j + 3] * x[start + j + 3];
      }
      for (; j < columns; j++) a += weight[from + j] * x[start + j];
      out[at + row] += a + b + c + d;
    }
  }

  function addFour(weight, columns, first, last, x, out, width) {
    for (let row = first; row < last; row++) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      const from = row * columns;
      for (let j = 0; j < columns; j++) {
        const w = weight[from + j];
        a += w * x[j];
        b += w * x[columns + j];
        c += w * x[2 * columns + j];
        d += w * x[3 * columns + j];
      }
      out[row] += a;
      out[width + row] += b;
      out[2 * width + row] += c;
      out[3 * width + row] += d;
    }
  }

  // x is [lanes, columns], out [lanes, width].
  function addProduct(weight, columns, first, last, x, out, width, lanes) {
    if (lanes === 4) addFour(weight, columns, first, last, x, out, width);
    else addOne(weight, columns, first, last, x, 0, out, 0);
  }

  function softmax(logits) {
    let most = -Infinity;
    for (let i = 0; i < logits.length; i++) if (logits[i] > most) most = logits[i];
    let sum = 0;
    for (let i = 0; i < logits.length; i++) sum += logits[i] = exp(logits[i] - most);
    for (let i = 0; i < logits.length; i++) logits[i] /= sum;
    return logits;
  }

  class Recurrent {
    // tensors: Float32Arrays by PyTorch's names. lanes: texts that are read side by side, 1 or 4.
    constructor({ cell, layers, hidden, symbols }, tensors, lanes = 1) {
      Object.assign(this, { cell, layers, hidden, symbols, lanes });
      this.width = BLOCKS[cell] * hidden;
      this.quantities = QUANTITIES[cell];
      // Values that are recorded of a character.
      this.columns = layers * this.quantities.length * hidden;
      // From a character: rows of the first layer's table. From below: [width, hidden].
      this.below = [];
      this.before = [];
      this.biases = [];
      for (let layer = 0; layer < layers; layer++) {
        const below = tensors[`weights_in.${layer}`];
        this.below.push(layer ? transpose(below, hidden, this.width) : below);
        this.before.push(transpose(tensors[`weights.${layer}`], hidden, this.width));
        this.biases.push(tensors[`biases.${layer}`]);
      }
      this.decoder = tensors["decoder.weight"];
      this.decoderBias = tensors["decoder.bias"];
      this.gates = this.biases.map(() => new Float32Array(this.width * lanes));
      this.reset = new Float32Array(hidden * lanes);
      // Units whose memory is held at a value: {layer (from 0), unit, value}.
      this.clamps = [];
    }

    start() {
      const zeros = () => this.biases.map(() => new Float32Array(this.hidden * this.lanes));
      return this.cell === "lstm" ? { h: zeros(), c: zeros() } : { h: zeros() };
    }

    copy(state) {
      const copied = {};
      for (const name in state) copied[name] = state[name].map((layer) => layer.slice());
      return copied;
    }

    // A state as visrnn.nets.states stores it: layer by layer h, then c.
    unpack(flat) {
      const state = this.start();
      let at = 0;
      for (let layer = 0; layer < this.layers; layer++)
        for (const name of ["h", "c"])
          if (name in state) {
            state[name][layer].set(flat.subarray(at, at + this.hidden));
            at += this.hidden;
          }
      return state;
    }

    // Read a token in each lane; the state changes in place.
    step(state, tokens) {
      const { hidden, width, lanes } = this;
      for (let layer = 0; layer < this.layers; layer++) {
        const gates = this.gates[layer];
        const bias = this.biases[layer];
        for (let lane = 0; lane < lanes; lane++) {
          const at = lane * width;
          const from = tokens[lane] * width;
          const table = this.below[0];
          if (layer) gates.set(bias, at);
          else for (let k = 0; k < width; k++) gates[at + k] = bias[k] + table[from + k];
        }
        if (layer)
          addProduct(this.below[layer], hidden, 0, width, state.h[layer - 1], gates, width, lanes);
        this[this.cell](layer, state, gates);
      }
    }

    hold(layer, values, change) {
      for (const clamp of this.clamps)
        if (clamp.layer === layer)
          for (let lane = 0; lane < this.lanes; lane++)
            values[lane * this.hidden + clamp.unit] = change(clamp.value);
    }

    rnn(layer, state, gates) {
      const { hidden, lanes } = this;
      addProduct(this.before[layer], hidden, 0, hidden, state.h[layer], gates, hidden, lanes);
      for (let k = 0; k < gates.length; k++) state.h[layer][k] = tanh(gates[k]);
      this.hold(layer, state.h[layer], (value) => value);
    }

    // Blocks g, i, f, o.
    lstm(layer, state, gates) {
      const { hidden, width, lanes } = this;
      const h = state.h[layer];
      const c = state.c[layer];
      addProduct(this.before[layer], hidden, 0, width, h, gates, width, lanes);
      for (let lane = 0; lane < lanes; lane++) {
        const from = lane * width;
        for (let k = 0; k < hidden; k++) {
          const g = from + k;
          gates[g] = tanh(gates[g]);
          for (let gate = 1; gate < 4; gate++)
            gates[g + gate * hidden] = sigmoid(gates[g + gate * hidden]);
          const unit = lane * hidden + k;
          c[unit] = gates[g + 2 * hidden] * c[unit] + gates[g + hidden] * gates[g];
        }
      }
      // Held at what is shown of it, tanh(c).
      this.hold(layer, c, (value) => Math.atanh(Math.max(-0.9999, Math.min(0.9999, value))));
      for (let lane = 0; lane < lanes; lane++)
        for (let k = 0; k < hidden; k++) {
          const unit = lane * hidden + k;
          h[unit] = gates[lane * width + 3 * hidden + k] * tanh(c[unit]);
        }
    }

    // Blocks z, r, g; the reset is before the product, as in the paper.
    gru(layer, state, gates) {
      const { hidden, width, lanes, reset } = this;
      const h = state.h[layer];
      const weight = this.before[layer];
      addProduct(weight, hidden, 0, 2 * hidden, h, gates, width, lanes);
      for (let lane = 0; lane < lanes; lane++)
        for (let k = 0; k < hidden; k++) {
          const z = lane * width + k;
          gates[z] = sigmoid(gates[z]);
          gates[z + hidden] = sigmoid(gates[z + hidden]);
          reset[lane * hidden + k] = gates[z + hidden] * h[lane * hidden + k];
        }
      addProduct(weight, hidden, 2 * hidden, width, reset, gates, width, lanes);
      for (let lane = 0; lane < lanes; lane++)
        for (let k = 0; k < hidden; k++) {
          const z = lane * width + k;
          const unit = lane * hidden + k;
          h[unit] += gates[z] * (tanh(gates[z + 2 * hidden]) - h[unit]);
        }
      this.hold(layer, h, (value) => value);
    }

    // p of every symbol, from the output of the last layer [hidden]: Float64Array.
    distribution(output, from = 0) {
      const { hidden, symbols, decoder } = this;
      const logits = this.decoderBias.slice();
      addOne(decoder, hidden, 0, symbols, output, from, logits, 0);
      return softmax(Float64Array.from(logits));
    }

    predict(state) {
      return this.distribution(state.h[this.layers - 1]);
    }

    // Where a value stands among those of a character; layers from 0.
    column(quantity, layer, unit) {
      const index = this.quantities.indexOf(quantity);
      return (layer * this.quantities.length + index) * this.hidden + unit;
    }

    // Write all that is recorded of the first lane into `values` from `at` on.
    record(state, values, at) {
      const { hidden } = this;
      const order = { lstm: { i: 1, f: 2, o: 3 }, gru: { z: 0, r: 1 }, rnn: {} }[this.cell];
      for (let layer = 0; layer < this.layers; layer++)
        for (const quantity of this.quantities) {
          if (quantity in state) values.set(state[quantity][layer], at);
          else {
            const from = order[quantity] * hidden;
            values.set(this.gates[layer].subarray(from, from + hidden), at);
          }
          at += hidden;
        }
    }
  }

  // The n-NN: the last n characters, one tanh layer. Its state is these characters.
  class Window {
    constructor({ n, hidden, symbols }, tensors) {
      Object.assign(this, { n, hidden, symbols, layers: 1, lanes: 1, cell: "nnn", clamps: [] });
      this.input = tensors.weights_in;
      this.bias = tensors.bias;
      this.decoder = tensors["decoder.weight"];
      this.decoderBias = tensors["decoder.bias"];
      this.output = new Float32Array(hidden);
    }

    start() {
      return { tokens: [] };
    }

    copy(state) {
      return { tokens: state.tokens.slice() };
    }

    step(state, tokens) {
      state.tokens.unshift(tokens[0]);
      state.tokens.length = Math.min(state.tokens.length, this.n);
    }

    predict(state) {
      const { hidden, symbols } = this;
      for (let k = 0; k < hidden; k++) {
        let sum = this.bias[k];
        state.tokens.forEach((token, back) => {
          sum += this.input[(back * symbols + token) * hidden + k];
        });
        this.output[k] = tanh(sum);
      }
      return Recurrent.prototype.distribution.call(this, this.output);
    }
  }

  // A net from its description and its weights in one array, in the order of its tensors.
  function build(description, flat, lanes) {
    const tensors = {};
    let at = 0;
    for (const [name, shape] of Object.entries(description.tensors)) {
      const size = shape.reduce((product, each) => product * each, 1);
      tensors[name] = flat.subarray(at, at + size);
      at += size;
    }
    if (description.cell === "nnn") return new Window(description, tensors);
    return new Recurrent(description, tensors, lanes);
  }

  return { build, QUANTITIES, exp, tanh };
}

Explorer.nets = makeNets();
