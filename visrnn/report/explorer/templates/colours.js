"use strict";
// Scales of colour. Blue to orange, and steps of yellow to blue, are told apart by colour-blind
// readers too; each has stops for a light and a dark page.

(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const SCALES = {
    // From one side through the page's own colour to the other.
    diverging: {
      light: ["#2166ac", "#92c5de", "#f8fafc", "#fdb863", "#d1600c"],
      dark: ["#4393e5", "#235a94", "#141c2b", "#a3560f", "#f5923e"],
    },
    // From the page's own colour up.
    rising: {
      light: ["#f8fafc", "#c6dbef", "#6baed6", "#2171b5", "#08306b"],
      dark: ["#141c2b", "#1d3f6b", "#2a6db0", "#5aa5e6", "#b9dcff"],
    },
    // A probability: what was not foreseen stands out.
    surprise: {
      light: ["#c2410c", "#f08a3c", "#fcd9a0", "#e8f1f8", "#c3dcf0", "#9cc5e6"],
      dark: ["#f97316", "#b9520f", "#6b3a14", "#1c2a3d", "#1f3d5c", "#27527d"],
    },
  };

  function parse(hex) {
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  }

  const parsed = {};
  for (const name in SCALES) {
    parsed[name] = {
      light: SCALES[name].light.map(parse),
      dark: SCALES[name].dark.map(parse),
    };
  }

  // The colour at `share` of a scale, 0 to 1, as "rgb(...)".
  function colour(scale, share) {
    const stops = parsed[scale][dark.matches ? "dark" : "light"];
    const at = Math.max(0, Math.min(1, share)) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    return mix(stops[low], stops[low + 1], at - low);
  }

  function mix(a, b, share) {
    return a.map((value, i) => Math.round(value + (b[i] - value) * share));
  }

  function css(rgb) {
    return `rgb(${rgb.join(",")})`;
  }

  // Black or white, whichever can be read on a colour.
  function ink(rgb) {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19 ? "#0b1220" : "#ffffff";
  }

  // A legend: a bar with names at its ends, or named patches.
  function legend(into, painter) {
    into.replaceChildren();
    const { make } = Explorer;
    if (painter.patches) {
      for (const { label, rgb } of painter.patches) {
        const patch = make("span", { class: "patch" });
        patch.style.background = css(rgb);
        into.append(make("span", { class: "key" }, patch, label));
      }
      return;
    }
    const shade = painter.shade ?? ((share) => colour(painter.scale, share));
    const bar = make("span", { class: "bar", role: "img", "aria-label": painter.title });
    const stops = Array.from({ length: 11 }, (_, i) => css(shade(i / 10)));
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    into.append(make("span", {}, painter.ends[0]), bar, make("span", {}, painter.ends[1]));
  }

  Explorer.colours = { colour, css, ink, legend, parse, dark };
})();
