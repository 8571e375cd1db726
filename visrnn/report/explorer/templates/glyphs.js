"use strict";
// Tokens as characters that a reader may see, and a reader's characters as tokens.

(() => {
  const { study } = Explorer;
  const points = study.symbols;
  const tokenOf = new Map(points.map((point, token) => [point, token]));
  const PICTURES = { 10: "↵", 13: "←", 127: "␡", 0x85: "␤", 0x2028: "␤", 0x2029: "␤" };

  // What is shown for a code point: what controls a page or a line has a picture instead.
  function picture(point) {
    if (point in PICTURES) return PICTURES[point];
    if (point < 32) return String.fromCharCode(0x2400 + point);
    if (point >= 0xd800 && point <= 0xdfff) return "\ufffd";
    const character = String.fromCodePoint(point);
    if (/\p{M}/u.test(character)) return "◌" + character;
    if (/[\p{C}\p{Zl}\p{Zp}]/u.test(character)) return "▯";
    return /\p{Zs}/u.test(character) ? " " : character;
  }

  // In a list of characters a blank needs a name.
  function named(point) {
    return { 32: "␣", 9: "⇥", 10: "↵" }[point] ?? picture(point);
  }

  // The code points of tokens: of a byte inside a character -1, of one that is no text -2.
  function pointsOf(tokens) {
    const result = new Int32Array(tokens.length);
    if (study.unit !== "byte") return result.map((_, i) => points[tokens[i]]);
    for (let i = 0; i < tokens.length;) {
      const first = points[tokens[i]];
      const size =
        first < 0x80
          ? 1
          : first < 0xc2
            ? 0
            : first < 0xe0
              ? 2
              : first < 0xf0
                ? 3
                : first < 0xf5
                  ? 4
                  : 0;
      let point = size > 1 ? first & (0xff >> (size + 1)) : first;
      let isText = size > 0 && i + size <= tokens.length;
      for (let j = 1; isText && j < size; j++) {
        const next = points[tokens[i + j]];
        isText = next >> 6 === 2;
        point = (point << 6) | (next & 63);
      }
      const least = [0, 0, 0x80, 0x800, 0x10000][size];
      isText = isText && point >= least && point < 0x110000 && (point < 0xd800 || point > 0xdfff);
      result[i] = isText ? point : -2;
      for (let j = 1; isText && j < size; j++) result[i + j] = -1;
      i += isText ? size : 1;
    }
    return result;
  }

  function glyph(point) {
    return point === -1 ? "·" : point === -2 ? "\ufffd" : picture(point);
  }

  // Columns that a code point takes, where the line is at `column`.
  const WIDE =
    /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;
  const widths = new Map();
  function width(point, column) {
    if (point === 9) return 8 - (column % 8);
    if (point < 0x1100) return 1;
    if (!widths.has(point)) widths.set(point, WIDE.test(picture(point)) ? 2 : 1);
    return widths.get(point);
  }

  // A symbol by itself: of bytes only ASCII is a character.
  function symbolName(token) {
    const point = points[token];
    if (study.unit === "byte" && point > 127)
      return point.toString(16).toUpperCase().padStart(2, "0");
    return named(point);
  }

  // The tokens of a text, and for each the place in the text, in UTF-16 units, where its character
  // begins. Characters that the corpus does not have are left out.
  function tokensOf(text) {
    const tokens = [];
    const places = [];
    const unknown = new Set();
    const encoder = new TextEncoder();
    let place = 0;
    for (const character of text) {
      const parts =
        study.unit === "byte" ? [...encoder.encode(character)] : [character.codePointAt(0)];
      if (parts.every((part) => tokenOf.has(part)))
        for (const part of parts) {
          tokens.push(tokenOf.get(part));
          places.push(place);
        }
      else unknown.add(character);
      place += character.length;
    }
    return { tokens, places, unknown: [...unknown] };
  }

  Explorer.glyphs = { glyph, named, pointsOf, symbolName, tokensOf, tokenOf, width };
})();
