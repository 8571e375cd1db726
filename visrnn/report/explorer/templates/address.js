"use strict";
// The address holds what is shown, behind its #: it is written as one goes, and followed.

(() => {
  const { study, find } = Explorer;
  const isWhole = (text) => /^\d{1,9}$/.test(text);

  function writeHash() {
    const { state, reading, own } = Explorer;
    const fields = { corpus: study.corpus, net: state.net, by: state.by };
    if (state.by === "cell")
      Object.assign(fields, { q: state.quantity, layer: state.layer, unit: state.unit });
    if (state.by === "difference") fields.rival = state.rival;
    fields.at = reading.cursor;
    const text = find("own-text").value;
    if (text) fields.text = text.slice(0, 4000);
    if (find("watch").value) fields.watch = find("watch").value;
    if (own.clamp)
      Object.assign(fields, {
        clamp: own.clamp.value,
        layer: own.clamp.layer,
        unit: own.clamp.unit,
      });
    const hash = `#${new URLSearchParams(fields)}`;
    if (hash === location.hash) return;
    try {
      history.replaceState(null, "", hash);
    } catch {
      // Some browsers let no page of a folder do so.
    }
  }

  // What the address asks for: changes of the state, and a place. What the page does not have is
  // left out, and told.
  function readHash() {
    const fields = new URLSearchParams(location.hash.slice(1));
    const changes = {};
    const refused = [];
    let at = null;
    if (fields.has("corpus") && fields.get("corpus") !== study.corpus) {
      const other = fields.get("corpus").slice(0, 60);
      Explorer.say(`This address is of the corpus "${other}", not of this page's: it is ignored.`);
      return { changes, at };
    }
    const take = (name, isRight, follow) => {
      const value = fields.get(name);
      if (value === null) return;
      if (isRight(value)) follow(value);
      else refused.push(`${name} "${value.slice(0, 60)}"`);
    };
    const isRun = (run) => Boolean(Explorer.modelOf(run));
    const isQuantity = (name) => Object.values(Explorer.nets.QUANTITIES).flat().includes(name);
    const isPainter = (key) => Explorer.choices().some(([each]) => each === key);
    take("net", isRun, (run) => (changes.net = run));
    take("rival", isRun, (run) => (changes.rival = run));
    take("by", isPainter, (key) => (changes.by = key));
    take("q", isQuantity, (name) => (changes.quantity = name));
    take("layer", isWhole, (layer) => (changes.layer = Number(layer)));
    take("unit", isWhole, (unit) => (changes.unit = Number(unit)));
    const isPlace = (place) => isWhole(place) && Number(place) < Explorer.reading.size();
    take("at", isPlace, (place) => (at = Number(place)));
    find("own-text").value = fields.get("text") ?? find("own-text").value;
    const isSymbol = (text) => Explorer.glyphs.tokensOf(text).tokens.length > 0;
    take("watch", isSymbol, (text) => (find("watch").value = text));
    const isHeld = (value) => value !== "" && Math.abs(Number(value)) <= 1;
    take("clamp", isHeld, (value) => {
      find("clamp-on").checked = true;
      find("clamp-value").value = value;
    });
    if (refused.length)
      Explorer.say(`The address asks for what this page does not have: ${refused.join(", ")}.`);
    return { changes, at };
  }

  let timer = null;
  Explorer.address = {
    read: readHash,
    write: writeHash,
    // Soon, and once for all that changes meanwhile.
    writeLater: () => {
      clearTimeout(timer);
      timer = setTimeout(writeHash, 300);
    },
  };
})();
