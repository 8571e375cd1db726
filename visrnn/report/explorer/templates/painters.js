"use strict";
// What colours the text: painters as reading.js takes them.

(() => {
  const { study, find } = Explorer;
  const ranges = new Map();
  const plain = (text) => text.replaceAll("_", " ");
  const fixed = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2));

  // From what to what a quantity of a unit goes, and its median: the scale of the cell.
  function rangeOf(model) {
    const { state } = Explorer;
    const { quantity, layer, unit } = state;
    if (!["c", "h"].includes(quantity)) return [0, 1];
    const key = [model.run, quantity, layer, unit].join();
    if (ranges.has(key)) return ranges.get(key);
    const values = model.sample(quantity, layer - 1, unit);
    if (!values) return undefined;
    const sorted = values
      .map((value) => Explorer.shownValue(model, quantity, value))
      .sort((a, b) => a - b);
    const low = sorted[0];
    const high = sorted.at(-1);
    const rest = sorted[sorted.length >> 1];
    ranges.set(key, high - low > 1e-6 ? [low, high, rest] : [low - 0.5, low + 0.5, low]);
    return ranges.get(key);
  }

  // The median has the page's own colour; what is far from it on either side stands out.
  Explorer.cellColour = (model, value) => {
    const [low, high, rest] = rangeOf(model) ?? [-1, 1, 0];
    if (rest === undefined) return Explorer.colours.colour("rising", (value - low) / (high - low));
    const wide = Math.max(high - rest, rest - low);
    return Explorer.colours.colour("diverging", 0.5 + (value - rest) / wide / 2);
  };

  function cellPainter(model) {
    const { state } = Explorer;
    const what = model.cell === "lstm" && state.quantity === "c" ? "tanh(c)" : state.quantity;
    const painter = {
      title: `${what} of ${model.name} ${state.layer}.${state.unit}`,
      ends: ["…", "…"],
      shade: () => [128, 128, 128],
      need: async (place) => {
        const block = await model.block(place);
        if (!rangeOf(model)) await model.block(block.first + block.size - 1);
        const [low, high] = rangeOf(model);
        painter.ends = [fixed(low), fixed(high)];
        painter.shade = (share) => Explorer.cellColour(model, low + share * (high - low));
        Explorer.colours.legend(find("legend"), painter);
      },
      at: (place) => {
        const block = model.known(place);
        if (!block) return null;
        const net = model.built;
        const column = net.column(state.quantity, state.layer - 1, state.unit);
        const raw = block.values[(place - block.first) * net.columns + column];
        const value = Explorer.shownValue(model, state.quantity, raw);
        return { rgb: Explorer.cellColour(model, value), value: value.toFixed(3) };
      },
    };
    return painter;
  }

  async function lossesOf(model) {
    return (await model.losses()) ?? { computed: model };
  }

  // -ln(p) at a place, or undefined while it is not computed.
  function lossAt(losses, place) {
    if (!losses.computed) return losses[place];
    const block = losses.computed.known(place);
    return block && -Math.log(block.prob[place - block.first]);
  }
  const needOf =
    (...all) =>
    async (place) => {
      for (const losses of all) if (losses.computed) await losses.computed.block(place);
    };

  async function makePainter() {
    const { state } = Explorer;
    const { colour, parse } = Explorer.colours;
    const model = Explorer.modelOf(state.net);
    if (state.by === "cell" && model?.recurrent) return model.load().then(() => cellPainter(model));
    if (state.by === "class" && study.classes) {
      const classes = await Explorer.array("classes");
      const { steps, run } = study.classes;
      const rest = parse("#8b95a5");
      const patches = [
        ...new Map(
          steps.map((step) => [step.oracle, { label: step.oracle, rgb: parse(step.colour) }]),
        ).values(),
      ];
      return {
        title: `errors of ${run.replace(/-s\d+$/, "")} by the oracle that removes them`,
        patches: [...patches, { label: "rest", rgb: rest }],
        at: (place) => {
          const number = classes[place];
          if (number === -2) return { value: "no error" };
          return number === -1
            ? { rgb: rest, value: "rest" }
            : { rgb: parse(steps[number].colour), value: steps[number].label };
        },
      };
    }
    if (state.by.startsWith("property-")) {
      const property = study.properties.find(({ file }) => file === state.by);
      const values = await Explorer.array(property.file);
      return {
        title: plain(property.name),
        scale: "rising",
        ends: property.binary ? ["no", "yes"] : ["0", `${property.most}`],
        at: (place) => ({
          rgb: colour(
            "rising",
            (property.binary ? 0.55 : 1) * Math.min(1, values[place] / property.most),
          ),
          value: property.binary ? (values[place] ? "yes" : "no") : `${values[place]}`,
        }),
      };
    }
    const losses = await lossesOf(model);
    if (state.by === "difference") {
      const rival = Explorer.modelOf(state.rival);
      const others = await lossesOf(rival);
      return {
        title: `loss of ${model.name} less that of ${rival.name}, nats`,
        scale: "diverging",
        ends: ["-4", "+4"],
        need: needOf(losses, others),
        at: (place) => {
          const difference = lossAt(losses, place) - lossAt(others, place);
          return Number.isNaN(difference)
            ? null
            : { rgb: colour("diverging", 0.5 + difference / 8), value: difference.toFixed(2) };
        },
      };
    }
    return {
      title: `p that ${model.name} gave`,
      scale: "surprise",
      ends: ["0", "1"],
      need: needOf(losses),
      at: (place) => {
        const loss = lossAt(losses, place);
        return loss === undefined
          ? null
          : { rgb: colour("surprise", Math.exp(-loss)), value: Math.exp(-loss).toPrecision(3) };
      },
    };
  }

  Explorer.painters = { makePainter, plain };
})();
