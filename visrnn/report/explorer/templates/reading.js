"use strict";
// The text: only the lines in view are in the page. What colours it is a painter: {title, scale,
// ends | patches, at(place) -> {rgb, value} or null, need(place) -> promise or null}.

(() => {
  const { study, find, make } = Explorer;
  const { length } = study;
  const LINE = 21;
  const pane = find("text");
  const rows = new Map();
  let points = new Int32Array(0);
  let starts = [0];
  let columns = 0;
  let painter = null;
  let asked = new Set();

  const reading = { cursor: 0, selection: null, onmove: () => {}, onhover: () => {} };
  Explorer.reading = reading;

  reading.size = () => points.length;
  reading.glyphAt = (place) => Explorer.glyphs.glyph(points[place]);
  reading.string = (from, to) => {
    let text = "";
    for (let i = Math.max(0, from); i < Math.min(to, points.length); i++)
      text += reading.glyphAt(i);
    return text;
  };
  reading.points = () => points;

  reading.open = async () => {
    const tokens = await Explorer.array("text");
    points = Explorer.glyphs.pointsOf(tokens);
    layOut();
    new ResizeObserver(() => layOut()).observe(pane);
  };

  // Where lines begin: after a line end, at a stream's start, and where a line is full, at its last
  // blank if it has one. Line ends and a blank may stand behind a full line.
  function layOut() {
    const width = find("ruler").getBoundingClientRect().width / 10 || 8;
    const fitting = Math.max(20, Math.floor((pane.clientWidth - 12) / width) - 2);
    if (fitting === columns) return draw();
    const first = starts[Math.floor(pane.scrollTop / LINE)] ?? 0;
    columns = fitting;
    starts = [];
    let column = 0;
    let blank = 0;
    for (let i = 0; i < points.length; i++) {
      const room = [10, 13, 32].includes(points[i]) ? columns + 2 : columns;
      const isFull = column + Explorer.glyphs.width(points[i], column) > room;
      if (isFull && blank > starts.at(-1)) i = blank;
      if (isFull || i % length === 0 || points[i - 1] === 10) {
        starts.push(i);
        column = 0;
      }
      column += Explorer.glyphs.width(points[i], column);
      if (points[i] === 32) blank = i + 1;
    }
    find("lines").style.height = `${starts.length * LINE}px`;
    rows.forEach((row) => row.remove());
    rows.clear();
    if (first) pane.scrollTop = lineOf(first) * LINE;
    draw();
  }

  function lineOf(place) {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  reading.visible = () => {
    const from = Math.floor(pane.scrollTop / LINE);
    const to = Math.min(starts.length, Math.ceil((pane.scrollTop + pane.clientHeight) / LINE));
    return Array.from({ length: to - from }, (_, i) => line(from + i));
  };
  const line = (number) => [starts[number], starts[number + 1] ?? points.length];

  function draw() {
    const from = Math.max(0, Math.floor(pane.scrollTop / LINE) - 8);
    const to = Math.min(starts.length, from + Math.ceil(pane.clientHeight / LINE) + 16);
    for (const [number, row] of rows)
      if (number < from || number >= to) {
        row.remove();
        rows.delete(number);
      }
    for (let number = from; number < to; number++) {
      if (rows.has(number)) continue;
      const row = make("div", { class: "line" });
      row.style.top = `${number * LINE}px`;
      const [first, end] = line(number);
      if (first % length === 0 && first) row.classList.add("stream");
      for (let place = first; place < end; place++) {
        const span = document.createElement("span");
        span.place = place;
        span.textContent = points[place] === 9 ? "\t" : reading.glyphAt(place);
        if (points[place] === 10 || points[place] === 13) span.className = "end";
        row.append(span);
      }
      rows.set(number, row);
      find("lines").append(row);
    }
    paint();
  }

  function paint() {
    if (!painter) return;
    const { css, ink } = Explorer.colours;
    const [a, b] = reading.selection ?? [-1, -1];
    for (const row of rows.values())
      for (const span of row.children) {
        const { place } = span;
        const colour = painter.at(place);
        if (!colour) ask(place);
        span.style.background = colour?.rgb ? css(colour.rgb) : "";
        span.style.color = colour?.rgb ? ink(colour.rgb) : "";
        span.classList.toggle("cursor", place === reading.cursor);
        span.classList.toggle("selected", place >= a && place < b);
      }
  }
  reading.paint = paint;

  // Ask for what is missing once; the page is painted again when it is there.
  async function ask(place) {
    const key = Math.floor(place / length) * 1e6 + Math.floor((place % length) / study.every);
    if (asked.has(key) || !painter.need) return;
    asked.add(key);
    const mine = painter;
    try {
      await mine.need(place);
    } catch (error) {
      Explorer.say(error.message);
    }
    asked.delete(key);
    if (mine === painter) paint();
  }

  reading.setPainter = (next) => {
    painter = next;
    asked = new Set();
    Explorer.colours.legend(find("legend"), painter);
    paint();
  };
  reading.painter = () => painter;
  reading.go = (place, { centre = true, keep = false } = {}) => {
    reading.cursor = Math.max(0, Math.min(points.length - 1, place));
    if (!keep) reading.selection = null;
    const number = lineOf(reading.cursor);
    const top = number * LINE;
    const isIn = top >= pane.scrollTop && top + LINE <= pane.scrollTop + pane.clientHeight;
    if (!isIn) {
      const offset = centre
        ? pane.clientHeight / 2
        : top < pane.scrollTop
          ? 0
          : pane.clientHeight - LINE;
      pane.scrollTop = Math.max(0, top - offset);
    }
    draw();
    reading.onmove(reading.cursor);
  };
  reading.select = (from, to) => {
    reading.selection = [Math.min(from, to), Math.max(from, to) + 1];
    paint();
  };

  pane.addEventListener("scroll", () => requestAnimationFrame(draw));
  let anchor = null;
  pane.addEventListener("pointerdown", (event) => {
    const { place } = event.target;
    if (place === undefined) return;
    anchor = event.shiftKey ? (anchor ?? reading.cursor) : place;
    if (event.shiftKey) reading.select(anchor, place);
    reading.go(place, { centre: false, keep: event.shiftKey });
  });
  pane.addEventListener("pointermove", (event) => {
    const { place } = event.target;
    if (place === undefined) return;
    if (
      event.buttons === 1 &&
      event.pointerType === "mouse" &&
      anchor !== null &&
      place !== anchor
    ) {
      reading.select(anchor, place);
      event.preventDefault();
    }
    reading.onhover(place);
  });
  pane.addEventListener("pointerleave", () => reading.onhover(null));
  pane.addEventListener("keydown", (event) => {
    const here = reading.cursor;
    const number = lineOf(here);
    const page = Math.max(1, Math.floor(pane.clientHeight / LINE) - 1);
    const vertical = (by) => {
      const to = Math.max(0, Math.min(starts.length - 1, number + by));
      const [first, end] = line(to);
      return Math.min(end - 1, first + here - starts[number]);
    };
    const moves = {
      ArrowLeft: () => here - 1,
      ArrowRight: () => here + 1,
      ArrowUp: () => vertical(-1),
      ArrowDown: () => vertical(1),
      PageUp: () => vertical(-page),
      PageDown: () => vertical(page),
      Home: () => (event.ctrlKey ? 0 : starts[number]),
      End: () => (event.ctrlKey ? points.length - 1 : line(number)[1] - 1),
    };
    if (event.key === "Escape") {
      reading.selection = null;
      return paint();
    }
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = moves[event.key]();
    if (event.shiftKey) {
      anchor = reading.selection ? anchor : here;
      reading.go(to, { centre: false, keep: true });
      reading.select(anchor, reading.cursor);
    } else {
      anchor = null;
      reading.go(to, { centre: false });
    }
  });
})();
