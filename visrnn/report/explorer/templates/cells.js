"use strict";
// The cells that were found, and one cell looked at closely.

(() => {
  const { study, find, make } = Explorer;
  let order = { key: "rank", falling: true };

  // How much better a cell tells its property than the last characters do; what is not found
  // comes last.
  const rank = (cell) => (cell.found ? 10 : 0) + (cell.gain ?? -1);
  study.cells.forEach((cell) => {
    cell.rank = rank(cell);
  });

  // The best cell of a run for each property, the best first.
  Explorer.bestCells = (run) => {
    const best = new Map();
    for (const cell of study.cells)
      if (cell.run === run && !(best.get(cell.property)?.rank >= cell.rank))
        best.set(cell.property, cell);
    return [...best.values()].sort((a, b) => b.rank - a.rank);
  };

  const number = (value, digits = 3) =>
    value === null || value === undefined ? "–" : value.toFixed(digits);
  const COLUMNS = [
    [
      "cell",
      "layer.unit, with its net",
      (cell) => `${cell.layer}.${cell.unit}`,
      (cell) => cell.layer * 1e5 + cell.unit,
    ],
    [
      "property",
      "what it tells",
      (cell) => cell.property.replaceAll("_", " "),
      (cell) => cell.property,
    ],
    [
      "score",
      "AUC or rho on the test text",
      (cell) => `${number(cell.test)} ${cell.score}`,
      (cell) => (cell.score === "AUC" ? 2 * cell.test - 1 : Math.abs(cell.test)),
    ],
    [
      "gain",
      "over what the last 8 characters tell",
      (cell) => number(cell.gain),
      (cell) => cell.gain,
    ],
    [
      "p",
      "corrected for all units, properties and nets tried",
      (cell) => cell.said,
      (cell) => -cell.p,
    ],
    [
      "effect",
      "what holding it at its mean adds to the loss where the property ends, nats",
      (cell) => number(cell.effect, 4),
      (cell) => cell.effect,
    ],
    [
      "seeds",
      "runs of this net with such a cell",
      (cell) => `${cell.seeds}/${cell.of}`,
      (cell) => cell.seeds,
    ],
  ];

  Explorer.drawCells = () => {
    const { state } = Explorer;
    const everywhere = find("all-nets").checked;
    let cells = Explorer.models
      .map((model) => model.run)
      .filter((run) => everywhere || run === state.net)
      .flatMap(Explorer.bestCells);
    const column = COLUMNS.find(([name]) => name === order.key);
    const key = column ? column[3] : (cell) => cell.rank;
    const compare = (a, b) => (a === b ? 0 : (a ?? -Infinity) < (b ?? -Infinity) ? -1 : 1);
    cells = cells.sort((a, b) => (order.falling ? -1 : 1) * compare(key(a), key(b)));
    const head = COLUMNS.map(([name, title]) => {
      const sort = () => {
        order = { key: name, falling: order.key === name ? !order.falling : name !== "property" };
        Explorer.drawCells();
      };
      const direction = order.key === name ? (order.falling ? "descending" : "ascending") : "none";
      const arrow = order.key === name ? (order.falling ? " ▾" : " ▴") : "";
      return make(
        "th",
        { scope: "col", "aria-sort": direction, title },
        make("button", { class: "link", onclick: sort }, name + arrow),
      );
    });
    const body = cells.map((cell) => {
      const isShown =
        cell.run === state.net && cell.layer === state.layer && cell.unit === state.unit;
      const row = make("tr", { class: isShown ? "shown" : "" });
      COLUMNS.forEach(([name, , text]) => {
        if (name !== "cell") return row.append(make("td", {}, text(cell)));
        const label = everywhere ? `${cell.run.replace(/-s\d+$/, "")} ${text(cell)}` : text(cell);
        row.append(
          make(
            "td",
            {},
            make(
              "button",
              {
                class: "link",
                onclick: () => Explorer.showCell(cell),
                "aria-label": `cell ${label}: ${cell.property}`,
              },
              label,
            ),
          ),
        );
      });
      row.addEventListener("click", (event) => {
        if (event.target.tagName !== "BUTTON") Explorer.showCell(cell);
      });
      if (!cell.found) row.classList.add("unsure");
      return row;
    });
    find("cells-table").replaceChildren(
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, ...body),
    );
    const notes = [];
    if (!study.has.cells) notes.push("Cells were not looked for in this study.");
    else if (!cells.length)
      notes.push(
        "Cells were not looked for in this net; any of its units can be shown, by the fields above the text.",
      );
    else
      notes.push(
        "Pale rows are not found: p is not below 0.01, or they add nothing to the last 8 characters.",
      );
    if (!study.has.ablation)
      notes.push(
        "This study does not measure what clamping cells does to the loss; try it below, on your own text.",
      );
    find("cells-note").textContent = notes.join(" ");
  };

  // A picture of how often a unit has each value, by whether its property holds.
  function histogram(yes, no, title) {
    const most = Math.max(1, ...yes.map((each, i) => each + no[i]));
    const ns = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(ns, "svg");
    svg.setAttribute("viewBox", "0 0 256 70");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", title);
    yes.forEach((count, i) => {
      let base = 60;
      for (const [name, size] of [
        ["with", count],
        ["without", no[i]],
      ]) {
        const height = (58 * size) / most;
        const bar = document.createElementNS(ns, "rect");
        base -= height;
        for (const [key, value] of Object.entries({
          x: i * 4,
          y: base,
          width: 3.4,
          height,
          class: name,
        }))
          bar.setAttribute(key, value);
        svg.append(bar);
      }
    });
    for (const [x, text, anchor] of [
      [0, "-1", "start"],
      [128, "0", "middle"],
      [256, "1", "end"],
    ]) {
      const label = document.createElementNS(ns, "text");
      for (const [key, value] of Object.entries({ x, y: 69, "text-anchor": anchor }))
        label.setAttribute(key, value);
      label.textContent = text;
      svg.append(label);
    }
    return svg;
  }

  // The places with the highest and the lowest values, at least 80 characters apart.
  function extremes(model, layer, unit) {
    const buckets = Array.from({ length: 256 }, () => []);
    let before = 0;
    Explorer.eachValue(model, layer, unit, (place, value) => {
      // Only where a stretch reaches its value, not at each of its characters.
      if (value !== before && buckets[value + 128].length < 4000) buckets[value + 128].push(place);
      before = value;
    });
    const pick = (values) => {
      const chosen = [];
      for (const value of values)
        for (const place of buckets[value + 128]) {
          if (chosen.length >= 20) return chosen;
          if (chosen.every(([other]) => Math.abs(other - place) > 80))
            chosen.push([place, value / 127]);
        }
      return chosen;
    };
    const values = Array.from({ length: 255 }, (_, i) => i - 127);
    return [pick(values.slice().reverse()), pick(values)];
  }

  Explorer.placeButton = (place, note = "", size = 1) => {
    const { reading } = Explorer;
    const button = make("button", { class: "place", onclick: () => reading.go(place) });
    button.append(
      reading.string(place - 24, place),
      make("mark", {}, reading.string(place, place + size)),
      reading.string(place + size, place + size + 16),
    );
    return make("li", {}, button, make("span", { class: "number" }, note));
  };

  // Units whose values rise and fall with this one's, from a sample of the text.
  function nearest(model, column) {
    const { scan } = model;
    const rows = [];
    const step = Math.max(1, Math.floor((scan.values.size * study.length) / 4000));
    for (const values of scan.values.values())
      for (let t = 0; t < study.length; t += step)
        rows.push(values.subarray(t * scan.units, (t + 1) * scan.units));
    const mean = (f) => rows.reduce((sum, row) => sum + f(row), 0) / rows.length;
    const center = mean((row) => row[column]);
    const spread = Math.sqrt(mean((row) => (row[column] - center) ** 2));
    const found = [];
    for (let other = 0; other < scan.units; other++) {
      if (other === column) continue;
      const middle = mean((row) => row[other]);
      const wide = Math.sqrt(mean((row) => (row[other] - middle) ** 2));
      const both = mean((row) => (row[column] - center) * (row[other] - middle));
      found.push({ other, r: wide && spread ? both / wide / spread : 0 });
    }
    return found.sort((a, b) => Math.abs(b.r) - Math.abs(a.r)).slice(0, 6);
  }

  // What a high value of the unit adds to the output's logits.
  function pushes(model, layer, unit) {
    const { hidden, layers, symbols } = model.net;
    if (layer !== layers - 1)
      return [
        make(
          "p",
          {},
          "The output reads the last layer only; this cell acts through the layers above it.",
        ),
      ];
    const weights = Array.from({ length: symbols }, (_, token) => [
      model.built.decoder[token * hidden + unit],
      token,
    ]);
    weights.sort((a, b) => b[0] - a[0]);
    const list = (chosen) =>
      chosen
        .map(
          ([weight, token]) =>
            `${Explorer.glyphs.symbolName(token)} ${weight > 0 ? "+" : ""}${weight.toFixed(1)}`,
        )
        .join("  ");
    return [
      make("p", {}, make("b", {}, "up: "), list(weights.slice(0, 8))),
      make("p", {}, make("b", {}, "down: "), list(weights.slice(-8).reverse())),
    ];
  }

  Explorer.drawCell = async () => {
    const { state } = Explorer;
    const into = find("cell-body");
    const model = Explorer.modelOf(state.net);
    if (!model?.recurrent)
      return into.replaceChildren(
        make("p", {}, "Choose an RNN, LSTM or GRU above the text: the page runs no other cells."),
      );
    const asked = [state.net, state.layer, state.unit].join();
    await model.load();
    const scan = await Explorer.scan(model);
    const layer = state.layer - 1;
    const column = layer * model.net.hidden + state.unit;
    const cell = study.cells
      .filter(
        (each) => each.run === state.net && each.layer === state.layer && each.unit === state.unit,
      )
      .sort((a, b) => b.rank - a.rank)[0];
    const property =
      cell && study.properties.find((each) => each.name === cell.property && each.binary);
    const labels = property ? await Explorer.array(property.file) : null;
    if (asked !== [state.net, state.layer, state.unit].join()) return;
    if (!scan.values.size)
      return into.replaceChildren(make("p", {}, `${model.name} is reading the text …`));
    const yes = new Uint32Array(64);
    const no = new Uint32Array(64);
    Explorer.eachValue(model, layer, state.unit, (place, value) => {
      (labels?.[place] ? yes : no)[Math.min(63, (value + 128) >> 2)]++;
    });
    const share = Math.round((100 * scan.values.size) / scan.wanted);
    const part =
      scan.wanted < study.streams.length
        ? ` of ${scan.wanted} of ${study.streams.length} streams`
        : " of the text";
    const title = `${model.name}, layer ${state.layer}, unit ${state.unit}`;
    const what = model.cell === "lstm" ? "tanh(c)" : "h";
    const [highest, lowest] = extremes(model, layer, state.unit);
    const places = (list) =>
      make(
        "ol",
        { class: "places" },
        ...list.map(([place, value]) => Explorer.placeButton(place, value.toFixed(2))),
      );
    const near = nearest(model, column).map(({ other, r }) => {
      const target = {
        run: state.net,
        layer: Math.floor(other / model.net.hidden) + 1,
        unit: other % model.net.hidden,
      };
      return make(
        "button",
        { class: "link", onclick: () => Explorer.showCell(target) },
        `${target.layer}.${target.unit} (${r.toFixed(2)})`,
      );
    });
    const open = new Set(
      [...into.querySelectorAll("details[open]")].map((each) => each.dataset.name),
    );
    const folded = (name, content) =>
      make(
        "details",
        { "data-name": name, open: open.has(name) },
        make("summary", {}, name),
        content,
      );
    into.replaceChildren(
      make("h3", {}, title),
      make(
        "p",
        {},
        cell
          ? `Tells ${cell.property.replaceAll("_", " ")}: ${cell.score} ${number(cell.test)}, p ${cell.p?.toPrecision(2) ?? "–"}.`
          : "No property was found that it tells best.",
      ),
      make(
        "p",
        { class: "quiet" },
        `${share}%${part} read. ${what}, by how often${property ? `; orange where ${property.name.replaceAll("_", " ")} holds` : ""}:`,
      ),
      histogram(yes, no, `histogram of ${what}`),
      make("h4", {}, "What a high h of it does to the next character"),
      ...pushes(model, layer, state.unit),
      make("h4", {}, "Nearest cells, by correlation"),
      make("p", { class: "near" }, ...near),
      folded("The 20 highest stretches", places(highest)),
      folded("The 20 lowest stretches", places(lowest)),
    );
  };

  // Draw again while the text is being read, but not at every piece of it.
  Explorer.followScan = async (model) => {
    const scan = await Explorer.scan(model);
    if (model.followed) return;
    model.followed = true;
    let last = Date.now();
    scan.listeners.add(() => {
      if (Date.now() - last < 2500 && scan.values.size < scan.wanted) return;
      last = Date.now();
      if (Explorer.state.tab === "cell" && Explorer.state.net === model.run) Explorer.drawCell();
    });
  };
})();
