"use strict";
// The n-gram, from the training text itself, as visrnn/ngrams/kneser_ney.py has it: sorted
// suffixes, compared over n + 2 symbols, give the counts of every context.

Explorer.NGram = class {
  // tokens: the training text. discounts: of the unigrams, bigrams ..., for counts 1, 2, 3 or more.
  constructor(tokens, symbols, n, discounts) {
    Object.assign(this, { symbols, n, discounts, depth: n + 2, cache: new Map() });
    const occurs = new Uint8Array(symbols);
    for (const token of tokens) occurs[token] = 1;
    this.tokenOf = [-1];
    this.codeOf = new Uint16Array(symbols);
    for (let token = 0; token < symbols; token++)
      if (occurs[token]) {
        this.codeOf[token] = this.tokenOf.length;
        this.tokenOf.push(token);
      }
    this.end = this.tokenOf.length;
    this.pad = this.end + 1;
    this.unseen = symbols - (this.end - 1);
    for (let token = 0; token < symbols; token++) if (!occurs[token]) this.codeOf[token] = this.pad;
    this.length = tokens.length + 2;
    // <s> text </s>, and padding.
    this.codes = new Uint16Array(this.length + this.depth + 2).fill(this.pad);
    this.codes[0] = 0;
    for (let i = 0; i < tokens.length; i++) this.codes[i + 1] = this.codeOf[tokens[i]];
    this.codes[this.length - 1] = this.end;
  }

  // Sort the suffixes by their first `depth` symbols, from the last of these to the first.
  async sort() {
    const { codes, length, depth } = this;
    let order = new Uint32Array(length);
    let next = new Uint32Array(length);
    for (let i = 0; i < length; i++) order[i] = i;
    const counts = new Uint32Array(this.pad + 2);
    for (let back = depth - 1; back >= 0; back--) {
      counts.fill(0);
      for (let i = 0; i < length; i++) counts[codes[i + back] + 1]++;
      for (let code = 1; code < counts.length; code++) counts[code] += counts[code - 1];
      for (let i = 0; i < length; i++) {
        const at = order[i];
        next[counts[codes[at + back]]++] = at;
      }
      [order, next] = [next, order];
      await Explorer.pause();
    }
    this.order = order;
    this.lcp = new Uint8Array(length + 1);
    for (let i = 1; i < length; i++) {
      const a = order[i - 1];
      const b = order[i];
      let shared = 0;
      while (shared < depth && codes[a + shared] === codes[b + shared]) shared++;
      this.lcp[i] = shared;
    }
    await Explorer.pause();
    // 1 + symbols shared with the last suffix in the order that follows the same symbol: a stack
    // of what each symbol's last suffix shares with this one, as the least of the lcp since.
    this.left = new Uint8Array(length);
    const least = new Uint8Array(this.pad + 1);
    const seen = [];
    const known = new Uint8Array(this.pad + 1);
    for (let i = 0; i < length; i++) {
      const lcp = this.lcp[i];
      for (const symbol of seen) if (least[symbol] > lcp) least[symbol] = lcp;
      const before = order[i] ? codes[order[i] - 1] : this.pad;
      if (known[before]) this.left[i] = 1 + least[before];
      else {
        known[before] = 1;
        seen.push(before);
      }
      least[before] = depth;
      if (i % 400000 === 399999) await Explorer.pause();
    }
    return this;
  }

  // Whether the suffix at `place` sorts before `context`; or, if `past`, does not sort after it.
  isBefore(place, context, past) {
    for (let i = 0; i < context.length; i++) {
      const code = this.codes[place + i];
      if (code !== context[i]) return code < context[i];
    }
    return past;
  }

  bound(context, past) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.isBefore(this.order[middle], context, past)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The symbols that follow a context, and their counts: of occurrences, or of symbols before.
  children(context, raw) {
    const key = context.length < 3 ? `${raw} ${context.join()}` : null;
    if (key && this.cache.has(key)) return this.cache.get(key);
    const k = context.length;
    const low = k ? this.bound(context, false) : 1;
    const high = k ? this.bound(context, true) : this.length;
    const following = [];
    const counts = [];
    for (let i = low; i < high; i++) {
      if (i === low || this.lcp[i] <= k) {
        following.push(this.codes[this.order[i] + k]);
        counts.push(0);
      }
      if (raw || this.left[i] <= k + 1) counts[counts.length - 1]++;
    }
    if (key) this.cache.set(key, [following, counts]);
    return [following, counts];
  }

  // p of every symbol after the tokens [from, to) of a text that begins at 0; they are `<s>`'s.
  distribution(text, to) {
    const begin = to < this.n;
    const codes = begin ? [0] : [];
    for (let i = Math.max(0, to - this.n); i < to; i++) codes.push(this.codeOf[text[i]]);
    const prob = new Float64Array(this.pad + 1).fill(1 / (this.end - 1 + 2));
    prob[0] = 0;
    for (let k = 0; k <= codes.length; k++) {
      const [following, counts] = this.children(codes.slice(codes.length - k), k === this.n);
      if (!following.length) break;
      let total = 0;
      let taken = 0;
      const discounted = counts.map((count) => {
        const discount = this.discounts[k][Math.min(count, 3) - 1];
        total += count;
        taken += discount;
        return count - discount;
      });
      for (let code = 0; code < prob.length; code++) prob[code] *= taken / total;
      following.forEach((code, i) => {
        prob[code] += discounted[i] / total;
      });
    }
    const result = new Float64Array(this.symbols);
    for (let token = 0; token < this.symbols; token++) {
      const code = this.codeOf[token];
      result[token] = code === this.pad ? prob[code] / this.unseen : prob[code];
    }
    return result;
  }
};
