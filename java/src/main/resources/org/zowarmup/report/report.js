// Draws each figure that carries its numbers so that a reader can explore it: values under the
// pointer, smoothing, logarithmic axes, lines on and off. Without scripts, and on paper, the
// drawings that stand in the page are shown.
(function () {
  "use strict";

  // An exponential moving average with the bias of its start removed; 0 leaves values as they are.
  function smooth(values, weight) {
    let sum = 0;
    let total = 0;
    return values.map(function (value) {
      if (value === null || weight === 0) {
        return value;
      }
      sum = weight * sum + (1 - weight) * value;
      total = weight * total + (1 - weight);
      return sum / total;
    });
  }

  // All lines on one axis: what a line lacks there is null.
  function columns(lines, weight, bands) {
    const places = Array.from(new Set(lines.flatMap((line) => line.at))).sort((a, b) => a - b);
    const table = [places];
    for (const line of lines) {
      const index = new Map(line.at.map((at, i) => [at, i]));
      const mean = smooth(line.mean, weight);
      const column = (value) => places.map((at) => (index.has(at) ? value(index.get(at)) : null));
      if (bands) {
        const off = (i) => (line.n[i] > 1 ? line.sd[i] : 0);
        table.push(column((i) => mean[i] - off(i)), column((i) => mean[i] + off(i)));
      }
      table.push(column((i) => mean[i]));
    }
    return table;
  }

  function text(value) {
    return value === null || value === undefined ? "-" : String(Number(value.toPrecision(5)));
  }

  // What a reader has set, by the figure's name, so that a live page keeps it.
  const settings = new Map();
  const charts = [];

  function explore(figure) {
    const source = figure.querySelector("script");
    const data = JSON.parse(source.textContent);
    const seeds = Math.max(0, ...data.lines.flatMap((line) => line.n));
    const bands = data.lines.length <= 5 && seeds > 1;
    const step = bands ? 3 : 1;
    if (!settings.has(figure.id)) {
      settings.set(figure.id, { smooth: 0, x: data.logX, y: false, hidden: new Set() });
    }
    const state = settings.get(figure.id);
    const tools = document.createElement("div");
    tools.className = "tools chart";
    const place = document.createElement("div");
    place.className = "chart";
    source.after(tools, place);
    figure.querySelector(".drawn").classList.add("hidden");
    let plot = null;

    function control(words, type, change) {
      const label = document.createElement("label");
      const input = document.createElement("input");
      input.type = type;
      label.append(words, input);
      input.addEventListener("input", function () {
        change(input);
        draw();
      });
      tools.append(label);
      return input;
    }
    const slider = control("smoothing", "range", (input) => (state.smooth = Number(input.value)));
    Object.assign(slider, { min: 0, max: 0.99, step: 0.01, value: state.smooth });
    control("log " + data.x, "checkbox", (input) => (state.x = input.checked)).checked = state.x;
    control("log y", "checkbox", (input) => (state.y = input.checked)).checked = state.y;

    function series(line) {
      const show = !state.hidden.has(line.name);
      const drawn = {
        label: line.name,
        stroke: line.color,
        width: 2,
        dash: line.dash,
        show: show,
        spanGaps: true,
        points: { show: line.at.length < 30 },
        value: (u, value) => text(value),
      };
      const edge = { class: "spread", stroke: "transparent", spanGaps: true, show: show, points: { show: false } };
      return bands ? [edge, { ...edge }, drawn] : [drawn];
    }

    function draw() {
      if (plot !== null) {
        plot.destroy();
      }
      const pivots = data.pivots;
      plot = new uPlot(
        {
          width: Math.max(260, place.clientWidth),
          height: place.clientWidth < 600 ? 300 : 400,
          scales: { x: { time: false, distr: state.x ? 3 : 1 }, y: { distr: state.y ? 3 : 1 } },
          axes: [{ label: data.x }, { label: data.y, size: 60 }],
          legend: { markers: { dash: (u, i) => ((u.series[i].dash || []).length > 0 ? "dashed" : "solid") } },
          cursor: { drag: { x: true, y: true } },
          series: [{ label: data.x, value: (u, value) => text(value) }].concat(data.lines.flatMap(series)),
          bands: bands
            ? data.lines.map((line, i) => ({ series: [2 + 3 * i, 1 + 3 * i], fill: line.color + "26" }))
            : [],
          hooks: {
            setSeries: [
              function (u, index, options) {
                if (index === null || options.show === undefined) {
                  return;
                }
                const name = data.lines[Math.floor((index - 1) / step)].name;
                if (state.hidden.has(name) === options.show) {
                  state.hidden[options.show ? "delete" : "add"](name);
                  draw();
                }
              },
            ],
            draw: [
              function (u) {
                u.ctx.save();
                u.ctx.strokeStyle = "#5f6c7b";
                u.ctx.setLineDash([5, 4]);
                for (const pivot of pivots) {
                  const x = u.valToPos(pivot, "x", true);
                  if (x >= u.bbox.left && x <= u.bbox.left + u.bbox.width) {
                    u.ctx.beginPath();
                    u.ctx.moveTo(x, u.bbox.top);
                    u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
                    u.ctx.stroke();
                  }
                }
                u.ctx.restore();
              },
            ],
          },
        },
        columns(data.lines, state.smooth, bands),
        place
      );
    }
    draw();
    charts.push({ draw: draw, remove: () => plot.destroy() });
  }

  function exploreAll() {
    charts.forEach((chart) => chart.remove()); // with what they listen to
    charts.length = 0;
    for (const figure of document.querySelectorAll("figure")) {
      if (figure.querySelector('script[type="application/json"]')) {
        explore(figure);
      }
    }
  }

  // Asks for news every two seconds and takes over the page's content where there are any.
  let version = null;
  async function follow() {
    try {
      const now = await (await fetch("version")).text();
      if (version !== null && now !== version) {
        const page = await (await fetch("./")).text();
        const fresh = new DOMParser().parseFromString(page, "text/html");
        document.querySelector("main").replaceWith(fresh.querySelector("main"));
        exploreAll();
      }
      version = now;
      document.title = document.title.replace(/^\(lost\) /, "");
    } catch (lost) {
      document.title = "(lost) " + document.title.replace(/^\(lost\) /, "");
    }
    setTimeout(follow, 2000);
  }

  document.documentElement.classList.add("live");
  exploreAll();
  let width = window.innerWidth;
  window.addEventListener("resize", function () {
    if (window.innerWidth !== width) {
      width = window.innerWidth;
      charts.forEach((chart) => chart.draw());
    }
  });
  if ("live" in document.documentElement.dataset) {
    follow();
  }
})();
