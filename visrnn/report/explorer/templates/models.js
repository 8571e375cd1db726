"use strict";
// The models of the page, and what they make of its text: computed block by block, when it is
// looked at, from the states that are stored along the text.

(() => {
  const { study } = Explorer;
  const { length, every } = study;
  // Bytes of computed blocks that are kept.
  const KEPT = 1.2e8;

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
      Explorer.say("Counting n-grams …");
      const [train, text] = await Promise.all([Explorer.array("train"), Explorer.array("text")]);
      this.text = text;
      const ngram = new Explorer.NGram(train, study.symbols.length, this.n, this.discounts);
      this.counts = await ngram.sort();
      Explorer.say("");
      return this;
    }

    async loadNet() {
      this.flat ??= await Explorer.array(this.net.weights);
      this.built = Explorer.nets.build(this.net, this.flat, 1);
      this.text = await Explorer.array("text");
      this.states = this.net.states ? await Explorer.array(this.net.states) : null;
      return this;
    }

    // The state that predicts the first character of a block of a stream.
    begin(stream, block) {
      const net = this.built;
      if (this.recurrent && block && this.states) {
        const size = net.hidden * net.layers * (net.cell === "lstm" ? 2 : 1);
        const at = ((block - 1) * study.streams.length + stream) * size;
        return net.unpack(this.states.subarray(at, at + size));
      }
      const state = net.start();
      net.step(state, [study.previous[stream]]);
      // Without a stored state the stream is read from its start.
      for (let i = 0; i < block * every; i++) net.step(state, [this.text[stream * length + i]]);
      return state;
    }

    // What is computed of the block that a place lies in: p of each character, and for nets all
    // that is recorded after it, [characters, columns].
    async block(place) {
      await this.load();
      const stream = Math.floor(place / length);
      const number = Math.floor((place % length) / every);
      const key = `${stream} ${number}`;
      const known = this.blocks.get(key);
      if (known) return known;
      await Explorer.pause();
      if (this.blocks.has(key)) return this.blocks.get(key);
      const net = this.built;
      const state = this.begin(stream, number);
      const first = stream * length + number * every;
      const size = Math.min(every, length - number * every);
      const columns = net.columns ?? 0;
      const made = {
        first,
        start: net.copy(state),
        prob: new Float32Array(size),
        values: new Float32Array(size * columns),
      };
      for (let i = 0; i < size; i++) {
        const token = this.text[first + i];
        made.prob[i] = net.predict(state)[token];
        net.step(state, [token]);
        if (columns) net.record(state, made.values, i * columns);
      }
      this.bytes += made.values.byteLength;
      this.blocks.set(key, made);
      for (const [old, { values }] of this.blocks) {
        if (this.bytes <= KEPT || old === key) break;
        this.bytes -= values.byteLength;
        this.blocks.delete(old);
      }
      return made;
    }

    known(place) {
      const stream = Math.floor(place / length);
      return this.blocks.get(`${stream} ${Math.floor((place % length) / every)}`);
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
