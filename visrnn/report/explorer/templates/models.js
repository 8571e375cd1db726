"use strict";
// The models of the page, and what they make of its text: computed block by block, when it is
// looked at, from the states that are stored along the text.

(() => {
  const { study } = Explorer;
  const { length, every } = study;
  // Bytes of computed blocks that are kept.
  const KEPT = 1.2e8;
  // Characters that are read before the page may answer.
  const PIECE = 250;
  // Stored states from which the lowest and highest value of a unit are told.
  const SAMPLE = 100;

  // Where the block of a place begins.
  const firstOf = (place) => place - ((place % length) % every);

  // What ends a paragraph in this corpus: without it a net does not know where a text begins.
  function lead() {
    const end = [13, 10].filter((point) => Explorer.glyphs.tokenOf.has(point));
    return [...end, ...end].map((point) => Explorer.glyphs.tokenOf.get(point));
  }

  class Model {
    constructor(description) {
      Object.assign(this, description);
      this.blocks = new Map();
      this.bytes = 0;
    }

    get name() {
      return this.run.replace(/-s\d+$/, "");
    }

    // Whether its predictions can be computed here.
    get runs() {
      return Boolean(this.net) || (this.cell === "ngram" && "train" in study.files);
    }

    get recurrent() {
      return Boolean(this.net) && this.cell !== "nnn";
    }

    // -ln(p) of every character; null of a net that was dropped on the page.
    losses() {
      return this.loss ? Explorer.array(this.loss) : Promise.resolve(null);
    }

    load() {
      this.loading ??= this.cell === "ngram" ? this.loadCounts() : this.loadNet();
      return this.loading;
    }

    async loadCounts() {
      const [train, text] = await Promise.all([Explorer.array("train"), Explorer.array("text")]);
      this.text = text;
      const ngram = new Explorer.NGram(train, study.symbols.length, this.n, this.discounts);
      this.counts = await ngram.sort();
      return this;
    }

    async loadNet() {
      this.flat ??= await Explorer.array(this.net.weights);
      this.built = Explorer.nets.build(this.net, this.flat, 1);
      this.text = await Explorer.array("text");
      this.states = this.net.states ? await Explorer.array(this.net.states) : null;
      return this;
    }

    // Whether its weights or counts are there.
    get loaded() {
      return Boolean(this.built ?? this.counts);
    }

    // The state that predicts the first character of a block.
    async begin(first) {
      const net = this.built;
      const stream = Math.floor(first / length);
      const number = (first % length) / every;
      if (this.recurrent && number && this.states) {
        const at = ((number - 1) * study.streams.length + stream) * this.stateSize;
        return net.unpack(this.states.subarray(at, at + this.stateSize));
      }
      const state = net.start();
      net.step(state, [study.previous[stream]]);
      // Without a stored state the stream is read from its start.
      for (let place = stream * length; place < first; place++) {
        net.step(state, [this.text[place]]);
        if (place % PIECE === 0) await Explorer.pause();
      }
      return state;
    }

    // Numbers that a stored state has.
    get stateSize() {
      return this.net.hidden * this.net.layers * (this.net.cell === "lstm" ? 2 : 1);
    }

    // The block that a place lies in, computed as far as this place: p of each character, unless
    // the page has the losses; and of nets all that is recorded after it, [characters, columns].
    async block(place) {
      await this.load();
      const block = this.blocks.get(firstOf(place)) ?? this.open(firstOf(place));
      await block.begun;
      while (block.done <= place - block.first) {
        await Explorer.pause();
        if (block.done <= place - block.first) this.extend(block);
      }
      return block;
    }

    open(first) {
      const size = Math.min(every, length - (first % length));
      const block = {
        first,
        size,
        done: 0,
        prob: this.loss ? null : new Float32Array(size),
        values: new Float32Array(size * (this.built.columns ?? 0)),
      };
      block.begun = this.begin(first).then((state) => {
        block.start = this.built.copy(state);
        block.state = state;
      });
      this.blocks.set(first, block);
      this.bytes += block.values.byteLength;
      for (const [old, { values }] of this.blocks) {
        if (this.bytes <= KEPT || old === first) break;
        this.bytes -= values.byteLength;
        this.blocks.delete(old);
      }
      return block;
    }

    // Read the next piece of a block.
    extend(block) {
      const net = this.built;
      const end = Math.min(block.size, block.done + PIECE);
      for (let i = block.done; i < end; i++) {
        const token = this.text[block.first + i];
        if (block.prob) block.prob[i] = net.predict(block.state)[token];
        net.step(block.state, [token]);
        if (net.columns) net.record(block.state, block.values, i * net.columns);
      }
      block.done = end;
    }

    // The block of a place, where it is computed so far.
    known(place) {
      const block = this.blocks.get(firstOf(place));
      return block && place - block.first < block.done ? block : undefined;
    }

    // What a unit holds (h, or c of an LSTM) at the stored states; layers from 0.
    stored(quantity, layer, unit) {
      const { cell, hidden } = this.net;
      const kinds = cell === "lstm" ? ["h", "c"] : ["h"];
      const at = (layer * kinds.length + kinds.indexOf(quantity)) * hidden + unit;
      const rows = (this.states?.length ?? 0) / this.stateSize;
      return Array.from({ length: rows }, (_, row) => this.states[row * this.stateSize + at]);
    }

    // What a unit holds, for a scale: all along the text, or, where few states are stored, in a
    // block that is computed to its end; null until there is one.
    sample(quantity, layer, unit) {
      const values = this.stored(quantity, layer, unit);
      if (values.length >= SAMPLE) return values;
      const block = [...this.blocks.values()].find(({ done, size }) => done === size);
      if (!block) return null;
      const { columns } = this.built;
      const at = this.built.column(quantity, layer, unit);
      return Array.from({ length: block.size }, (_, i) => block.values[i * columns + at]);
    }

    // p of every symbol at a place, given what stands before it.
    async expected(place) {
      await this.load();
      if (this.counts) return this.counts.distribution(this.text, place);
      const net = this.built;
      if (this.cell === "nnn") {
        const state = net.start();
        const stream = Math.floor(place / length);
        const from = Math.max(stream * length - 1, place - net.n);
        for (let i = from; i < place; i++)
          net.step(state, [i < stream * length ? study.previous[stream] : this.text[i]]);
        return net.predict(state);
      }
      const block = await this.block(place);
      const i = place - block.first;
      if (!i) return net.predict(block.start);
      const top = net.column("h", net.layers - 1, 0);
      return net.distribution(block.values, (i - 1) * net.columns + top);
    }

    // p of each token of a text of one's own and of every symbol after it, as a fresh stream that
    // begins a paragraph.
    reader(clamps = []) {
      const { counts, built } = this;
      if (counts) {
        const text = [];
        return {
          predict: () => counts.distribution(text, text.length),
          read: (token) => text.push(token),
          record: null,
        };
      }
      const net = Explorer.nets.build(this.net, this.flat ?? built.flat, 1);
      net.clamps = clamps;
      const state = net.start();
      for (const token of lead()) net.step(state, [token]);
      return {
        net,
        predict: () => net.predict(state),
        read: (token) => net.step(state, [token]),
        record: net.columns ? (values, at) => net.record(state, values, at) : null,
      };
    }
  }

  // Runs of nets that were dropped on the page.
  Explorer.dropped = [];
  Explorer.models = study.models.map((description) => new Model(description));
  Explorer.modelOf = (run) => Explorer.models.find((model) => model.run === run);
  Explorer.Model = Model;
  Explorer.shownValue = (model, quantity, value) =>
    model.cell === "lstm" && quantity === "c" ? Explorer.nets.tanh(value) : value;

  // p and -ln(p) of a text under a model, token by token, from nothing.
  Explorer.score = async (run, tokens) => {
    const model = Explorer.modelOf(run);
    await model.load();
    const reader = model.reader();
    return tokens.map((token) => {
      const prob = reader.predict()[token];
      reader.read(token);
      return prob;
    });
  };

  // The tokens with the highest probability.
  Explorer.best = (distribution, count = 5) =>
    Array.from(distribution, (prob, token) => ({ prob, token }))
      .sort((a, b) => b.prob - a.prob || a.token - b.token)
      .slice(0, count);
})();
