// The zone explorer: columns of a Run as float32, drawn by uPlot in panels of one unit each over one clock.
// Words, labels, colours and the clock come from the page; nothing here is computed but what the eye needs:
// statistics of the window, and a second Run laid on the clock of the first.
(() => {
  const KEPT = 160; // columns that stay in memory; 140 kB each for a year at 15 min
  const FEWEST = 8; // steps of the narrowest window
  const STEPPED = 3000; // points up to which a mean over an interval is drawn as a step
  const ZONES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F5539", "#8A8D91"];
  const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3]];
  const DAY = 86400;

  const columns = new Map();
  let shown = null; // what is on the page now
  let asked = 0;

  const at = (id) => document.getElementById(id);
  const isDark = () => document.documentElement.getAttribute("data-mantine-color-scheme") === "dark";
  const two = (n) => String(n).padStart(2, "0");
  const element = (tag, about = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(about)) {
      if (key === "text") made.textContent = value;
      else made.setAttribute(key, value);
    }
    made.append(...inside);
    return made;
  };

  // --- the clock -------------------------------------------------------------------------------------------
  // x is the wall clock of the Run's first step, as seconds that UTC functions read.

  const clock = (told) => told.start_s + told.offset_s;
  const EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const EN_DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const month = (d, zh) => (zh ? `${d.getUTCMonth() + 1}月` : EN[d.getUTCMonth()]);
  const day = (d, zh) => (zh ? `${month(d, zh)}${d.getUTCDate()}日` : `${d.getUTCDate()} ${month(d, zh)}`);
  const weekday = (d, zh) => (zh ? `周${"日一二三四五六"[d.getUTCDay()]}` : EN_DAYS[d.getUTCDay()]);
  const year = (d, zh) => `${d.getUTCFullYear()}${zh ? "年" : ""}`;
  const hour = (d) => `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  const date = (x) => new Date(x * 1000);
  const stamp = (x) => {
    const d = date(x);
    return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${hour(d)}`;
  };
  const moment = (x, zh) => {
    const d = date(x);
    return zh
      ? `${year(d, zh)}${day(d, zh)} ${weekday(d, zh)} ${hour(d)}`
      : `${weekday(d, zh)} ${day(d, zh)} ${year(d, zh)} ${hour(d)}`;
  };

  const ticks = (zh) => (_, splits, __, ___, every) =>
    splits.map((x, k) => {
      const d = date(x);
      if (every >= 28 * DAY) return month(d, zh) + (k === 0 || d.getUTCMonth() === 0 ? `\n${year(d, zh)}` : "");
      if (every >= DAY) return day(d, zh) + (every === DAY ? `\n${weekday(d, zh)}` : k === 0 ? `\n${year(d, zh)}` : "");
      return hour(d) + (k === 0 || d.getUTCHours() + d.getUTCMinutes() === 0 ? `\n${day(d, zh)}` : "");
    });

  // --- columns ---------------------------------------------------------------------------------------------

  const gaps = (values) => {
    // uPlot leaves a gap where there is null; NaN it would draw over.
    for (let i = 0; i < values.length; i++)
      if (values[i] !== values[i]) return Array.from(values, (v) => (v === v ? v : null));
    return values;
  };

  const address = (run) => `/api/v1/runs/${run.split("/").map(encodeURIComponent).join("/")}`;

  const refuse = async (answer) => {
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.error || `${answer.status} ${answer.statusText}`);
  };

  const fetched = async (run, told, keys) => {
    const of = (key) => `${run}\n${told.version}\n${key}`;
    const missing = keys.filter((key) => !columns.has(of(key)));
    for (let first = 0; first < missing.length; first += 32) {
      const part = missing.slice(first, first + 32);
      const query = part.map((key) => `column=${encodeURIComponent(key)}`).join("&");
      const answer = await fetch(`${address(run)}/series?${query}`);
      if (!answer.ok) await refuse(answer);
      const bytes = await answer.arrayBuffer();
      if (bytes.byteLength !== 4 * part.length * told.steps) throw new Error("the Run has changed");
      part.forEach((key, k) =>
        columns.set(of(key), gaps(new Float32Array(bytes, 4 * k * told.steps, told.steps))));
    }
    const found = keys.map((key) => columns.get(of(key)));
    for (const key of columns.keys()) {
      if (columns.size <= KEPT) break;
      if (!keys.some((one) => of(one) === key)) columns.delete(key);
    }
    return found;
  };

  const described = async (run) => {
    const answer = await fetch(`${address(run)}/columns`);
    if (!answer.ok) await refuse(answer);
    return answer.json();
  };

  // A column of another Run on the clock of the first: years laid over one another, means of what lies inside
  // a step for fluxes, the last value for states.
  const laid = (values, from, onto, kind) => {
    const years = date(clock(onto)).getUTCFullYear() - date(clock(from)).getUTCFullYear();
    const first = date(clock(from));
    const start = Date.UTC(first.getUTCFullYear() + years, first.getUTCMonth(), first.getUTCDate(),
      first.getUTCHours(), first.getUTCMinutes()) / 1000;
    const lead = clock(onto) - start;
    if (lead === 0 && from.step_s === onto.step_s && from.steps === onto.steps) return values;
    const made = new Array(onto.steps).fill(null);
    for (let i = 0; i < onto.steps; i++) {
      const begin = Math.floor((lead + i * onto.step_s) / from.step_s);
      const end = Math.max(begin + 1, Math.floor((lead + (i + 1) * onto.step_s) / from.step_s));
      if (begin < 0 || end > from.steps) continue;
      if (kind === "state") { made[i] = values[end - 1]; continue; }
      let sum = 0, count = 0;
      for (let k = begin; k < end; k++) if (values[k] != null) { sum += values[k]; count++; }
      if (count) made[i] = sum / count;
    }
    return made;
  };

  // --- what is drawn ---------------------------------------------------------------------------------------

  const rgb = (colour) => [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  const mixed = (colour, other, share) =>
    "#" + rgb(colour).map((c, k) => Math.round(c * (1 - share) + rgb(other)[k] * share).toString(16).padStart(2, "0")).join("");
  // Colours of the registry are made for white paper, a few of them for areas.
  const visible = (colour) => {
    const light = rgb(colour).reduce((sum, c, k) => sum + (c / 255) * [0.2126, 0.7152, 0.0722][k], 0);
    if (isDark()) return light < 0.4 ? mixed(colour, "#ffffff", 0.5) : colour;
    return light > 0.72 ? mixed(colour, "#000000", 0.28) : colour;
  };

  const wanted = (told, building, zones, variables) => {
    const found = [];
    const dashes = variables.filter((v) => told.labels[v] && told.labels[v].scope === "zone");
    for (const name of variables) {
      const label = told.labels[name];
      if (!label) continue;
      if (label.scope === "weather" && told.weather.includes(name))
        found.push({ key: `@weather/${name}`, name, label: label.label });
      if (label.scope === "building" && (told.buildings[building] || []).includes(name))
        found.push({ key: `${building}/${name}`, name, label: label.label });
      if (label.scope !== "zone" || !told.zone_variables.includes(name)) continue;
      const rooms = zones.filter((zone) => (told.zones[building] || []).includes(zone));
      rooms.forEach((zone, k) =>
        found.push({
          key: `${building}/${zone}/${name}`, name,
          label: `${zone} · ${label.label}`,
          colour: rooms.length > 1 ? ZONES[k % ZONES.length] : null,
          dash: rooms.length > 1 ? DASHES[dashes.indexOf(name) % DASHES.length]
            : name.endsWith("setpoint_c") ? DASHES[1] : [],
        }));
    }
    return found.map((one) => ({ ...told.labels[one.name], ...one, colour: one.colour || told.labels[one.name].colour }));
  };

  const range = (zero) => (_, low, high) => {
    if (low == null) return [0, 1];
    const pad = (high - low || Math.abs(high) || 1) * 0.06;
    return [zero && low >= 0 ? 0 : low - pad, zero && high <= 0 ? 0 : high + pad];
  };

  const lines = (u, series, first, last) =>
    (last - first < STEPPED && u.series[series].flux
      ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear())(u, series, first, last);

  const options = (unit, group, last, told, width) => {
    const zh = told.language === "zh";
    const [ink, grid] = isDark() ? ["#9aa4b1", "#343a42"] : ["#6b7280", "#e8eaee"];
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
    return {
      width, height: (group.length > 2 ? 168 : 148) + (last ? 40 : 0),
      tzDate: (x) => uPlot.tzDate(date(x), "Etc/UTC"),
      legend: { show: false },
      padding: [8, 26, last ? 0 : 4, 0],
      cursor: {
        sync: { key: "explorer", setSeries: false },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6, width: 1.5 },
        bind: { dblclick: () => () => { look(null); return null; } },
      },
      scales: { x: { time: true, auto: false, range: (_, low, high) => [low, high] },
        y: { range: range(/^(k?W|person|人)/.test(unit)) } },
      axes: [
        { ...axis, size: last ? 46 : 6, values: last ? ticks(zh) : (_, splits) => splits.map(() => "") , space: 76 },
        { ...axis, size: 62, space: 26 },
      ],
      series: [{}, ...group.map((one) => ({
        label: one.label, flux: one.kind === "flux", stroke: visible(one.colour), width: one.over ? 1 : 1.4,
        dash: one.over ? [4, 4] : one.dash, alpha: one.over ? 0.75 : 1, paths: lines, points: { show: false },
        show: !shown.hidden.has(one.id), spanGaps: false,
      }))],
      hooks: {
        setSelect: [(u) => {
          if (u.select.width < 4) return;
          const from = u.posToVal(u.select.left, "x"), to = u.posToVal(u.select.left + u.select.width, "x");
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          look([from, to]);
        }],
        setCursor: [(u) => { if (shown) { shown.index = u.cursor.idx; soon(values); } }],
      },
    };
  };

  // --- the window ------------------------------------------------------------------------------------------

  const whole = () => [shown.x[0], shown.x[0] + shown.told.steps * shown.told.step_s];

  const fitted = ([from, to]) => {
    const [first, last] = whole();
    const width = Math.min(last - first, Math.max(to - from, FEWEST * shown.told.step_s));
    const begin = Math.min(Math.max(from + (to - from - width) / 2, first), last - width);
    return [begin, begin + width];
  };

  const frames = new Map();
  const soon = (what) => {
    if (!frames.has(what)) frames.set(what, requestAnimationFrame(() => { frames.delete(what); if (shown) what(); }));
  };

  // Show a span of the clock, all of it without one.
  const look = (span) => {
    if (!shown) return;
    shown.window = span ? fitted(span) : whole();
    soon(redraw);
  };

  const redraw = () => {
    const [min, max] = shown.window;
    for (const { chart } of shown.panels) chart.setScale("x", { min, max });
    statistics();
    remember();
  };

  const zoom = (share, about = 0.5) => {
    const [from, to] = shown.window, centre = from + about * (to - from);
    look([centre - about * (to - from) * share, centre + (1 - about) * (to - from) * share]);
  };
  const pan = (share) => {
    const [from, to] = shown.window, by = share * (to - from), [first, last] = whole();
    const kept = Math.min(Math.max(by, first - from), last - to);
    look([from + kept, to + kept]);
  };

  let due = 0;
  const remember = () => {
    clearTimeout(due);
    due = setTimeout(() => {
      if (!shown || !at("explorer-plots")) return;
      const here = new URL(window.location.href), [from, to] = shown.window, [first, last] = whole();
      if (from <= first && to >= last) here.searchParams.delete("explorer-window");
      else here.searchParams.set("explorer-window", `${stamp(from)}~${stamp(to)}`.replaceAll(" ", "T"));
      window.history.replaceState(window.history.state, "", here.pathname + here.search);
      const path = here.pathname.split("/");
      path[1] = path[1] === "zh" ? "en" : "zh";
      window.dash_clientside.set_props("other", { href: path.join("/") + here.search });
    }, 250);
  };

  const remembered = () => {
    const said = new URL(window.location.href).searchParams.get("explorer-window");
    if (!said) return null;
    const [from, to] = said.split("~").map((text) => Date.parse(`${text}Z`) / 1000);
    return from < to ? [from, to] : null;
  };

  // --- legend and statistics -------------------------------------------------------------------------------

  const figure = (value) => {
    if (value == null || value !== value) return "–";
    const size = Math.abs(value);
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : size === 0 ? 0 : 4;
    const text = value.toLocaleString("en-US", { maximumFractionDigits: digits });
    return text === "-0" ? "0" : text.replace("-", "−");
  };

  const positions = () => {
    const [from, to] = shown.window, [first] = whole(), step = shown.told.step_s;
    return [Math.max(0, Math.ceil((from - first) / step - 1e-6)),
      Math.min(shown.told.steps, Math.ceil((to - first) / step - 1e-6))];
  };

  const statistics = () => {
    const [first, last] = positions(), hours = shown.told.step_s / 3600, said = shown.told.words;
    for (const one of shown.series) {
      let low = Infinity, high = -Infinity, sum = 0, count = 0;
      for (let i = first; i < last; i++) {
        const v = one.values[i];
        if (v == null) continue;
        if (v < low) low = v;
        if (v > high) high = v;
        sum += v; count++;
      }
      const energy = one.kind === "flux" && { kW: [1, "kWh"], "W/m²": [1e-3, "kWh/m²"] }[one.plain];
      const cells = count ? [low, sum / count, high].map(figure) : ["–", "–", "–"];
      cells.push(energy && count ? `${figure(sum * hours * energy[0])} ${energy[1]}` : "");
      one.cells.forEach((cell, k) => { cell.textContent = cells[k]; });
      one.found = { low, high, mean: sum / count, count };
    }
    const zh = shown.told.language === "zh", x = shown.window;
    const days = (x[1] - x[0]) / DAY;
    at("explorer-span").textContent =
      `${moment(x[0], zh)} – ${moment(x[1], zh)} · ${figure(days >= 2 ? days : days * 24)} ${days >= 2 ? said.days : said.hours}`;
  };

  const values = () => {
    const zh = shown.told.language === "zh", i = shown.index;
    at("explorer-at").textContent = i == null ? shown.told.words.cursor : moment(shown.x[i], zh);
    for (const one of shown.series) {
      const text = i == null ? "" : figure(one.values[i]);
      one.now.textContent = text;
      one.short.textContent = text && ` ${text}`;
    }
  };

  const swatch = (one) => {
    const line = element("i", { class: "swatch" });
    line.style.borderTop = `${one.over ? 2 : 3}px ${one.over || (one.dash && one.dash.length) ? "dashed" : "solid"} ${visible(one.colour)}`;
    return line;
  };

  const toggled = (one) => {
    if (shown.hidden.has(one.id)) shown.hidden.delete(one.id);
    else shown.hidden.add(one.id);
    const on = !shown.hidden.has(one.id);
    one.button.setAttribute("aria-pressed", on);
    one.row.classList.toggle("off", !on);
    one.chart.setSeries(one.place, { show: on });
  };

  const head = (unit, group) => {
    const bar = element("div", { class: "panel-head" }, element("b", { text: unit }));
    for (const one of group) {
      one.short = element("span", { class: "now" });
      one.button = element("button", { type: "button", class: "key", "aria-pressed": !shown.hidden.has(one.id), title: one.meaning },
        swatch(one), element("span", { text: one.label }), one.short);
      one.button.addEventListener("click", () => toggled(one));
      bar.append(one.button);
    }
    return bar;
  };

  const table = (told) => {
    const said = told.words;
    const body = element("tbody");
    for (const one of shown.series) {
      one.now = element("td");
      one.cells = [0, 1, 2, 3].map(() => element("td"));
      one.row = element("tr", shown.hidden.has(one.id) ? { class: "off" } : {},
        element("th", { scope: "row", title: one.meaning }, swatch(one), element("span", { text: one.label })),
        element("td", { text: one.unit }), one.now, ...one.cells);
      body.append(one.row);
    }
    const names = ["series", "unit", "at_cursor", "low", "mean", "high", "sum"];
    const top = element("tr", {}, ...names.map((name) => element("th", { scope: "col", text: said[name] })));
    return element("table", { class: "plant explorer-table" }, element("thead", {}, top), body);
  };

  // --- hands -----------------------------------------------------------------------------------------------

  const hands = (chart) => {
    const over = chart.over, fingers = new Map();
    const share = (x) => (x - over.getBoundingClientRect().left) / over.clientWidth;
    over.style.touchAction = "pan-y"; // one finger up and down still scrolls the page
    over.addEventListener("wheel", (event) => {
      const [from, to] = shown.window, [first, last] = whole();
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      // Where all is seen already, the wheel is the page's.
      if (!sideways && event.deltaY > 0 && from <= first && to >= last) return;
      event.preventDefault();
      if (sideways) pan(Math.sign(event.deltaX || event.deltaY) * 0.1);
      else zoom(event.deltaY < 0 ? 0.8 : 1.25, share(event.clientX));
    }, { passive: false });
    // Shift and drag, or the middle button, moves; uPlot itself must not begin to select then.
    over.addEventListener("mousedown", (event) => {
      if (!(event.button === 1 || (event.button === 0 && event.shiftKey))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const start = event.clientX, window0 = shown.window.slice();
      const move = (e) => {
        const by = ((start - e.clientX) / over.clientWidth) * (window0[1] - window0[0]);
        const [first, last] = whole(), kept = Math.min(Math.max(by, first - window0[0]), last - window0[1]);
        look([window0[0] + kept, window0[1] + kept]);
      };
      const end = () => { removeEventListener("mousemove", move); removeEventListener("mouseup", end); };
      addEventListener("mousemove", move);
      addEventListener("mouseup", end);
    }, { capture: true });
    over.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "touch") fingers.set(event.pointerId, event.clientX);
    });
    over.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const before = [...fingers.values()];
      fingers.set(event.pointerId, event.clientX);
      const after = [...fingers.values()];
      if (after.length === 1) pan((before[0] - after[0]) / over.clientWidth);
      else if (after.length === 2) {
        const wide = (pair) => Math.max(24, Math.abs(pair[1] - pair[0]));
        zoom(wide(before) / wide(after), share((after[0] + after[1]) / 2));
      }
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"])
      over.addEventListener(name, (event) => fingers.delete(event.pointerId));
  };

  const KEYS = {
    ArrowLeft: (e) => pan(e.shiftKey ? -1 : -0.2), ArrowRight: (e) => pan(e.shiftKey ? 1 : 0.2),
    "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6),
    Home: () => look(null), 0: () => look(null),
  };
  document.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || !shown || !event.target.closest || !event.target.closest("#explorer-plots")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event);
  });

  const ACTS = {
    whole: () => look(null), in: () => zoom(0.5), out: () => zoom(2), back: () => pan(-0.5), on: () => pan(0.5),
    csv: () => save(new Blob(["\ufeff", csv()], { type: "text/csv;charset=utf-8" }), "csv"),
    png: () => picture().toBlob((blob) => save(blob, "png")),
  };
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest && event.target.closest("[data-explore]");
    if (!pressed || !shown) return;
    const act = pressed.getAttribute("data-explore");
    if (ACTS[act]) return ACTS[act]();
    const [span, end] = act.split("-"); // week-hot
    const [first, last] = shown.told.extremes[span][end], step = shown.told.step_s;
    look([shown.x[0] + first * step, shown.x[0] + last * step]);
  });

  // --- what is taken along ---------------------------------------------------------------------------------

  const csv = () => {
    const [first, last] = positions(), quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    const names = shown.series.map((one) => quoted(`${one.label}${one.unit ? ` [${one.unit}]` : ""}`));
    const rows = [[quoted(shown.told.words.csv_time.replace("{zone}", zone(shown.told))), ...names].join(",")];
    for (let i = first; i < last; i++)
      rows.push([stamp(shown.x[i]), ...shown.series.map((one) => {
        const v = one.values[i];
        return v == null ? "" : Number(v.toPrecision(7));
      })].join(","));
    return rows.join("\r\n") + "\r\n";
  };

  const zone = (told) => {
    const hours = told.offset_s / 3600;
    return `UTC${hours < 0 ? "−" : "+"}${Math.abs(hours)}`;
  };

  const picture = () => {
    const scale = uPlot.pxRatio, pad = 16 * scale, line = 20 * scale;
    const wide = Math.max(...shown.panels.map(({ chart }) => chart.ctx.canvas.width)) + 2 * pad;
    const tall = shown.panels.reduce((sum, { chart }) => sum + chart.ctx.canvas.height + 1.6 * line, 0);
    const canvas = element("canvas");
    canvas.width = wide;
    canvas.height = tall + 2 * pad + 2.6 * line;
    const pen = canvas.getContext("2d"), family = getComputedStyle(document.body).fontFamily;
    const [ground, ink] = isDark() ? ["#1f2429", "#e5e7eb"] : ["#ffffff", "#1f2933"];
    pen.fillStyle = ground;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const write = (text, x, y, size, colour) => {
      pen.font = `${size * scale}px ${family}`;
      pen.fillStyle = colour;
      pen.fillText(text, x, y);
      return pen.measureText(text).width;
    };
    write(shown.told.title, pad, pad + 0.8 * line, 16, ink);
    write(`${at("explorer-span").textContent} · ${zone(shown.told)} · ${shown.told.words.engine}`, pad, pad + 1.8 * line, 12, ink);
    let y = pad + 2.6 * line;
    for (const { chart, group, unit } of shown.panels) {
      let x = pad + write(unit || "–", pad, y + line, 12, ink) + 14 * scale;
      for (const one of group) {
        if (shown.hidden.has(one.id)) continue;
        pen.strokeStyle = visible(one.colour);
        pen.lineWidth = 3 * scale;
        pen.setLineDash(one.over ? [4 * scale, 3 * scale] : (one.dash || []).map((d) => d * scale));
        pen.beginPath();
        pen.moveTo(x, y + 0.78 * line);
        pen.lineTo(x + 18 * scale, y + 0.78 * line);
        pen.stroke();
        x += 24 * scale + write(one.label, x + 24 * scale, y + line, 12, ink) + 16 * scale;
      }
      y += 1.6 * line;
      pen.drawImage(chart.ctx.canvas, pad, y);
      y += chart.ctx.canvas.height;
    }
    return canvas;
  };

  const save = (blob, ending) => {
    const name = shown.run.replace(/[^\p{L}\p{N}._-]+/gu, "_");
    const link = element("a", { href: URL.createObjectURL(blob),
      download: `${name}_${stamp(shown.window[0]).slice(0, 10)}_${stamp(shown.window[1]).slice(0, 10)}.${ending}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  // --- from the page ---------------------------------------------------------------------------------------

  const build = () => {
    const place = at("explorer-plots");
    if (!place || !shown) return;
    for (const { chart } of shown.panels) chart.destroy();
    place.replaceChildren();
    const units = [...new Set(shown.series.map((one) => one.unit))];
    const width = Math.max(320, place.clientWidth);
    shown.panels = units.map((unit, k) => {
      const group = shown.series.filter((one) => one.unit === unit);
      const box = element("div", { class: "panel" });
      box.append(head(unit, group));
      place.append(box);
      const chart = new uPlot(options(unit, group, k === units.length - 1, shown.told, width),
        [shown.x, ...group.map((one) => one.values)], box);
      chart.setScale("x", { min: shown.window[0], max: shown.window[1] });
      group.forEach((one, i) => { one.chart = chart; one.place = i + 1; });
      hands(chart);
      return { chart, group, unit };
    });
    at("explorer-table").replaceChildren(table(shown.told));
    values();
    statistics();
  };

  const said = (words, kind = "") => {
    const place = at("explorer-said");
    place.textContent = words;
    place.className = `hint ${kind}`;
  };

  const place = (told, building) => {
    const names = Object.keys(told.buildings);
    return names.includes(building) ? building : names.length === 1 ? names[0] : null;
  };

  const draw = async (run, over, building, zones, variables, told) => {
    const mine = ++asked, begun = performance.now();
    if (!told || told.run !== run || !at("explorer-plots")) return window.dash_clientside.no_update;
    at("explorer-plots").dataset.state = "waiting";
    const list = wanted(told, building, zones || [], variables || []);
    try {
      const told2 = over ? await described(over) : null;
      const other = told2 && place(told2, building);
      const both = told2 ? wanted({ ...told2, labels: told.labels }, other, zones || [], variables || []) : [];
      const [own, more] = [
        await fetched(run, told, list.map((one) => one.key)),
        told2 ? await fetched(over, told2, both.map((one) => one.key)) : [],
      ];
      if (mine !== asked || !at("explorer-plots")) return window.dash_clientside.no_update;
      const series = list.map((one, k) => ({ ...one, id: one.key, values: own[k] }));
      both.forEach((one, k) => series.push({
        ...one, id: `over ${one.key}`, over: true, label: `${told.words.second} · ${one.label}`,
        values: laid(more[k], told2, told, one.kind),
      }));
      const x = Float64Array.from({ length: told.steps }, (_, i) => clock(told) + i * told.step_s);
      const hidden = shown && shown.run === run ? shown.hidden : new Set();
      const before = shown && shown.run === run && at("explorer-plots").childElementCount ? shown.window : remembered();
      if (shown) for (const { chart } of shown.panels) chart.destroy();
      shown = { run, told, series, x, hidden, panels: [], index: null };
      shown.window = before ? fitted(before) : whole();
      build();
      const lost = told2 ? list.length - both.length : 0;
      said(!list.length ? told.words.choose : lost ? told.words.lost.replace("{n}", lost) : "");
      at("explorer-plots").dataset.state = "ready";
      return { series: series.length, points: told.steps, ms: Math.round(performance.now() - begun) };
    } catch (error) {
      if (mine === asked && at("explorer-said")) {
        said(`${told.words.cannot}: ${error.message}`, "wrong");
        at("explorer-plots").dataset.state = "wrong";
      }
      return window.dash_clientside.no_update;
    }
  };

  const fresh = () => { if (shown && at("explorer-plots")) build(); };
  let width = 0;
  addEventListener("resize", () => {
    const found = at("explorer-plots");
    if (found && found.clientWidth !== width) { width = found.clientWidth; soon(fresh); }
  });
  new MutationObserver(() => soon(fresh)).observe(document.documentElement, {
    attributes: true, attributeFilter: ["data-mantine-color-scheme"],
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    explorer: {
      draw,
      // For whoever measures: show a span given as shares of the whole and tell the milliseconds to the
      // frame in which it stands.
      timed: (from, to) => new Promise((done) => {
        const [first, last] = whole(), begun = performance.now();
        look([first + from * (last - first), first + to * (last - first)]);
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
      }),
    },
  });
})();
