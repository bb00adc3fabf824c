// Draws the charts. Each figure names the script element that has its data.
"use strict";
(() => {
  const colour = {
    more: "var(--ours)", less: "var(--theirs)", same: "var(--even)", noisy: "var(--even)",
    few: "var(--even)", incomparable: "var(--even)",
  };
  const hollow = new Set(["noisy", "few", "incomparable"]);
  const fill = d => d.ours ? "var(--ours)" : hollow.has(d.colour) ? "var(--page)" : colour[d.colour];
  const stroke = d => d.ours ? "var(--ours)" : colour[d.colour];
  const font = "12px";

  // brief shortens a name that would leave no room for the chart.
  const brief = name => name.length > 20 ? name.slice(0, 19) + "…" : name;

  // points returns all marks of a chart, each with its row.
  const points = chart => chart.rows.flatMap((row, i) => row.points.map(p => ({...p, row: i, impl: row.impl, ours: row.ours})));

  // spread places the sizes of a row one below the other.
  const spread = (chart, p) => p.row + (chart.sizes.length < 2 ? 0 : ((p.size + 0.5) / chart.sizes.length - 0.5) * 0.66);

  const textWidth = (() => {
    const context = document.createElement("canvas").getContext("2d");
    return (texts, weight = 400) => {
      context.font = `${weight} ${font} ${getComputedStyle(document.body).fontFamily}`;
      return Math.ceil(Math.max(0, ...texts.map(t => context.measureText(t).width)));
    };
  })();

  const duration = ns => {
    const units = ["ns", "µs", "ms", "s"];
    let i = 0;
    while (ns >= 1000 && i < 3) { ns /= 1000; i++; }
    return `${+ns.toPrecision(3)} ${units[i]}`;
  };

  // steps returns ticks of a log scale, about as many as fit.
  const steps = (lo, hi, room) => {
    for (const digits of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
      const ticks = [];
      for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e++) {
        for (const d of digits) {
          const t = +(d * 10 ** e).toPrecision(3);
          if (t >= lo && t <= hi) ticks.push(t);
        }
      }
      if (ticks.length <= room) return ticks;
    }
    const all = d3.range(Math.ceil(Math.log10(lo)), Math.floor(Math.log10(hi)) + 1);
    const every = Math.ceil(all.length / room);
    return all.filter(e => e % every === 0).map(e => 10 ** e);
  };

  // few returns evenly spaced ticks, no more than there is room for.
  const few = (lo, hi, room) => {
    for (let n = room; n > 0; n--) {
      const ticks = d3.ticks(lo, hi, n);
      if (ticks.length <= room) return ticks;
    }
    return [];
  };

  // axis writes the ticks and draws their lines: Plot's own leaves some out on log scales.
  const axis = (ticks, format) => [
    Plot.ruleX(ticks, {stroke: "var(--grid)"}),
    Plot.text(ticks, {x: t => t, text: format, frameAnchor: "bottom", dy: 18, fill: "var(--soft)"}),
  ];

  // below writes a text under the axis, as much of it as fits.
  const below = (width, ...texts) => Plot.text([texts.find(t => textWidth([t]) < width) ?? ""], {frameAnchor: "bottom", dy: 40, fill: "var(--soft)"});

  const times = t => "×" + +t.toPrecision(3);

  // rows are the marks that all charts of implementations share: a line and a name for each.
  const rows = (chart, left) => [
    Plot.ruleY(chart.rows.map((_, i) => i), {stroke: "var(--grid)"}),
    Plot.text(chart.rows, {
      y: (_, i) => i, text: d => brief(d.impl), frameAnchor: "left", dx: -left + 2, textAnchor: "start",
      fill: d => d.ours ? "var(--ours)" : "var(--text)", fontWeight: d => d.ours ? 600 : 400,
    }),
  ];

  const ratios = (chart, width) => {
    const all = points(chart);
    const narrow = width < 560;
    const left = textWidth(chart.rows.map(r => brief(r.impl)), 600) + 14;
    const labels = textWidth(chart.rows.map(r => r.label), 600) + 12;
    const ranges = narrow ? 0 : textWidth(chart.rows.map(r => r.range)) + 16;
    const lo = Math.min(0.9, d3.min(all, d => Math.max(d.lo, d.at / 3)) / 1.05);
    const hi = Math.max(1.12, d3.max(all, d => Math.min(d.hi, d.at * 3)) * 1.05);
    const room = Math.max(2, Math.floor((width - left - labels - ranges) / 48));
    const ticks = hi / lo < 2.2 ? few(lo, hi, room) : steps(lo, hi, room);
    const height = Math.min(64, Math.max(26, chart.sizes.length * 8));
    return Plot.plot({
      width, height: chart.rows.length * height + 56, marginLeft: left, marginRight: labels + ranges, marginTop: 6, marginBottom: 50,
      x: {type: "log", domain: [lo, hi], axis: null, clamp: true},
      y: {domain: [chart.rows.length - 0.4, -0.6], axis: null},
      marks: [
        ...axis(ticks, times),
        ...rows(chart, left),
        Plot.ruleX([1], {stroke: "var(--ours)", strokeWidth: 1.5}),
        Plot.link(all.filter(d => d.hi > d.lo), {
          x1: "lo", x2: "hi", y1: d => spread(chart, d), y2: d => spread(chart, d), stroke, strokeOpacity: 0.45, strokeWidth: 2,
        }),
        Plot.dot(all, {x: "at", y: d => spread(chart, d), fill, stroke, r: chart.sizes.length > 12 ? 2.4 : 3.6, strokeWidth: 1.4, title: "text"}),
        Plot.text(chart.rows, {
          y: (_, i) => i, text: "label", frameAnchor: "right", textAnchor: "end", dx: labels,
          fill: d => colour[d.colour], fontWeight: 600,
        }),
        ...(narrow ? [] : [Plot.text(chart.rows, {
          y: (_, i) => i, text: "range", frameAnchor: "right", textAnchor: "end", dx: labels + ranges, fill: "var(--soft)",
        })]),
        below(width - left - labels - ranges, "← needs less        relative to millrace, log scale        needs more →",
          "← less   relative to millrace (log)   more →", "relative to millrace (log)", "millrace = ×1"),
      ],
    });
  };

  // apart leaves out quantiles whose names would lie over the one before.
  const apart = (quantiles, lo, hi, width) => {
    const at = q => width * Math.log(q.at / lo) / Math.log(hi / lo);
    const kept = [];
    for (const q of quantiles) {
      if (kept.length === 0 || at(q) - at(kept.at(-1)) > 30) kept.push(q);
    }
    return kept;
  };

  const latencies = (chart, width) => {
    const all = points(chart);
    const left = textWidth(chart.rows.map(r => brief(r.impl)), 600) + 14;
    const lo = d3.min(all, d => d.at) / 1.15;
    const hi = d3.max(all, d => d.at) * 1.25;
    const ticks = steps(lo, hi, Math.max(3, Math.floor((width - left) / 62)));
    const grouped = chart.sizes.map((name, size) => ({name, size, rows: chart.rows.filter(r => r.points.some(p => p.size === size))}))
      .filter(g => g.rows.length > 0);
    let next = 0;
    const lines = grouped.flatMap(g => {
      if (g.name) next += 1;
      const first = next;
      const rows = g.rows.map(r => ({...r, y: next++, quantiles: r.points.filter(p => p.size === g.size)}));
      next += 0.6;
      return [{head: g.name, y: first - 1, rows}];
    });
    const each = lines.flatMap(l => l.rows);
    const marks = each.flatMap(r => r.quantiles.map((q, i) => ({...q, y: r.y, ours: r.ours, order: i})));
    const named = lines.flatMap(l => l.rows.slice(0, 1)).flatMap(r => apart(r.quantiles, lo, hi, width - left - 24).map(q => ({...q, y: r.y})));
    const ink = d => d.ours ? "var(--ours)" : "var(--even)";
    return Plot.plot({
      width, height: next * 22 + 62, marginLeft: left, marginRight: 24, marginTop: 14, marginBottom: 46,
      x: {type: "log", domain: [lo, hi], axis: null},
      y: {domain: [next - 0.6, -0.9], axis: null},
      marks: [
        ...axis(ticks, duration),
        Plot.text(lines.filter(l => l.head), {y: d => d.y, text: "head", frameAnchor: "left", dx: -left + 2, textAnchor: "start", fontWeight: 600, fill: "var(--text)", dy: -2}),
        Plot.text(each, {y: "y", text: d => brief(d.impl), frameAnchor: "left", dx: -left + 2, textAnchor: "start",
          fill: d => d.ours ? "var(--ours)" : "var(--text)", fontWeight: d => d.ours ? 600 : 400}),
        Plot.link(each.filter(r => r.quantiles.length > 1), {
          x1: r => r.quantiles[0].at, x2: r => r.quantiles.at(-1).at, y1: "y", y2: "y", stroke: ink, strokeOpacity: 0.5, strokeWidth: 1.5,
        }),
        Plot.dot(marks, {x: "at", y: "y", r: 4, fill: d => d.order === 0 ? ink(d) : "var(--page)", stroke: ink, strokeWidth: 1.6, title: "text"}),
        Plot.text(named, {x: "at", y: "y", text: "name", dy: -11, fill: "var(--soft)", fontSize: 11}),
        Plot.text(["time, log scale"], {frameAnchor: "bottom", dy: 40, fill: "var(--soft)"}),
      ],
    });
  };

  const plain = (chart, width) => {
    const all = points(chart);
    const names = all.map(p => chart.sizes.length > 1 ? `${brief(p.impl)}, ${chart.sizes[p.size]}` : brief(p.impl));
    const left = textWidth(names, 600) + 14;
    const right = textWidth(all.map(p => p.name), 600) + 14;
    const hi = d3.max(all, d => d.hi) || 1;
    return Plot.plot({
      width, height: all.length * 26 + 56, marginLeft: left, marginRight: right, marginTop: 6, marginBottom: 50,
      x: {domain: [0, hi * 1.05], axis: null},
      y: {domain: [all.length - 0.4, -0.6], axis: null},
      marks: [
        ...axis(few(0, hi, Math.max(2, (width - left - right) / 80)), t => t.toLocaleString("en")),
        Plot.text(all, {y: (_, i) => i, text: (_, i) => names[i], frameAnchor: "left", dx: -left + 2, textAnchor: "start", fill: "var(--text)"}),
        Plot.link(all.filter(d => d.hi > d.lo), {x1: "lo", x2: "hi", y1: d => all.indexOf(d), y2: d => all.indexOf(d), stroke, strokeWidth: 2, strokeOpacity: 0.45}),
        Plot.dot(all, {x: "at", y: (_, i) => i, r: 3.6, fill: d => d.ours ? "var(--ours)" : "var(--even)", stroke, title: "text"}),
        Plot.text(all, {y: (_, i) => i, text: "name", frameAnchor: "right", textAnchor: "end", dx: right, fill: "var(--text)"}),
        Plot.text([chart.unit], {frameAnchor: "bottom", dy: 40, fill: "var(--soft)"}),
      ],
    });
  };

  const kinds = {ratios, latencies, values: plain};

  const draw = figure => {
    const place = figure.querySelector(".plot");
    const width = Math.floor(place.clientWidth);
    if (width === 0 || width === figure.drawn) return;
    figure.drawn = width;
    const chart = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    if (points(chart).length === 0) {
      place.textContent = "Nothing to draw.";
      return;
    }
    const svg = kinds[chart.kind](chart, width);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", figure.dataset.label);
    svg.style.fontSize = font;
    svg.style.fontFamily = "inherit";
    svg.style.background = "none";
    place.replaceChildren(svg);
  };

  const watch = new ResizeObserver(entries => entries.forEach(e => draw(e.target.closest("figure"))));
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    draw(figure);
    watch.observe(figure.querySelector(".plot"));
  }
})();
