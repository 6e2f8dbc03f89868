// The inside of one building: its one-line diagram (直流一次图) as an SVG, and its day as curves.
(() => {
  const { byId, number, parts, plotOf, span, seen, put } = window.pedf_console;
  const SVG = "http://www.w3.org/2000/svg";
  const DEAD_KW = 0.05;
  const SLOT = 120, BOX_W = 110, BOX_H = 62, BAR_Y = 190, UP_Y = 30, DOWN_Y = 284, HEIGHT = 352;
  const ASK_MS = 900;
  let day = null;
  let words = {};
  let wanted = null;
  let inside = null;
  let asking = false;

  const element = (tag, attributes, text) => {
    const one = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    if (text !== undefined) one.textContent = text;
    return one;
  };
  const kilowatts = (kw) => `${number(Math.abs(kw), Math.abs(kw) < 99.95 ? 1 : 0)} kW`;

  // What stands at a step: the row that holds it, for a row may be the mean of some minutes.
  const rowAt = (step) => {
    const { steps } = inside;
    let low = 0, high = steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] >= step) high = middle;
      else low = middle + 1;
    }
    return high < 0 ? -1 : low;
  };
  const valuesAt = (k) => Object.fromEntries(Object.entries(inside.columns).map(([name, column]) => [name, column[k]]));

  // Branches of a building: where each hangs, and its power, positive where it gives to its bar.
  const branches = (has, now) => {
    const onBus = (use) => has.on_bus.includes(use);
    const all = [];
    const add = (key, up, bus, kw, lines, level) => all.push({ key, up, bus, kw, lines, level });
    const dc = has.bus_v !== null;
    if (has.pv_kwp > 0) add("pv", true, dc, now.pv_kw, [words.pv, kilowatts(now.pv_kw)]);
    if (has.battery_kwh !== null) {
      const way = Math.abs(now.battery_kw) < DEAD_KW ? words.at_rest : now.battery_kw > 0 ? words.discharging : words.charging;
      add("battery", true, dc, now.battery_kw,
        [words.battery, `${way} ${kilowatts(now.battery_kw)}`, `SOC ${number(100 * now.battery_soc)} %`], now.battery_soc);
    }
    if (inside.generates) add("generation", true, false, now.generation_kw, [words.generation, kilowatts(now.generation_kw)]);
    if (has.conditioned) {
      const shed = now.hvac_shed_kw >= DEAD_KW ? [`${words.shed} ${kilowatts(now.hvac_shed_kw)}`] : [];
      add("hvac", false, dc && onBus("hvac"), -now.hvac_kw, [words.hvac, kilowatts(now.hvac_kw), ...shed]);
    }
    if (has.chargers > 0) {
      const back = now.ev_kw < -DEAD_KW ? `${words.feeding_back} ` : "";
      add("ev", false, dc && onBus("ev"), -now.ev_kw, [words.ev, back + kilowatts(now.ev_kw)]);
    }
    if (dc && now.dc_other_kw !== null) add("dc-other", false, true, -now.dc_other_kw, [words.dc_other, kilowatts(now.dc_other_kw)]);
    add("other", false, false, -now.ac_other_kw, [dc ? words.ac_other : words.other, kilowatts(now.ac_other_kw)]);
    return all;
  };

  const drawing = (has, now) => {
    const svg = element("g", {});
    const most = Math.max(inside.most, 1);
    // A line between two points that lie beside or above each other; its arrow points where power goes.
    const flow = (x1, y1, x2, y2, kw, key) => {
      const dead = !(Math.abs(kw) >= DEAD_KW);
      const name = `flow ${dead ? "dead" : key}`;
      svg.append(element("line", { x1, y1, x2, y2, class: name,
        "stroke-width": dead ? 1.5 : (2 + 7 * Math.sqrt(Math.min(Math.abs(kw) / most, 1))).toFixed(1) }));
      if (dead) return;
      const turn = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI + (kw < 0 ? 180 : 0);
      svg.append(element("path", { d: "M-7 -8 L9 0 L-7 8 Z", class: `arrow ${key}`,
        transform: `translate(${(x1 + x2) / 2} ${(y1 + y2) / 2}) rotate(${turn})` }));
    };
    const box = (x, y, lines, key, dead, level) => {
      svg.append(element("rect", { x: x - BOX_W / 2, y, width: BOX_W, height: BOX_H, rx: 7, class: `box ${dead ? "dead" : key}` }));
      if (level !== undefined && level !== null) {
        const high = (BOX_H - 6) * Math.min(Math.max(level, 0), 1);
        svg.append(element("rect", { x: x - BOX_W / 2 + 3, y: y + BOX_H - 3 - high, width: 7, height: high, rx: 2, class: "level" }));
      }
      const first = y + (lines.length > 2 ? 17 : 26);
      lines.forEach((line, k) => svg.append(element("text", { x: x + (level === undefined ? 0 : 4), y: first + 18 * k,
        class: k === 0 ? "what" : k === 1 ? "kw" : "what" }, line)));
    };
    const all = branches(has, now);
    const hang = (bus, left) => {
      const own = all.filter((one) => one.bus === bus);
      const count = Math.max(own.filter((one) => one.up).length, own.filter((one) => !one.up).length, 1);
      const width = Math.max(SLOT * count, 126);
      for (const up of [true, false]) {
        const row = own.filter((one) => one.up === up);
        row.forEach((one, k) => {
          const x = left + (width * (k + 0.5)) / row.length;
          const dead = !(Math.abs(one.kw) >= DEAD_KW);
          // drawn from the device to its bar: positive power runs that way
          if (up) flow(x, UP_Y + BOX_H, x, BAR_Y, one.kw, one.key);
          else flow(x, DOWN_Y, x, BAR_Y, one.kw, one.key);
          box(x, up ? UP_Y : DOWN_Y, one.lines, one.key, dead, one.level);
        });
      }
      return width;
    };
    const board = 196;
    flow(120, BAR_Y, board, BAR_Y, now.meter_kw, "grid");
    const wide = hang(false, board);
    const way = now.meter_kw < -DEAD_KW ? words.exporting : words.importing;
    box(65, BAR_Y - BOX_H / 2, [words.grid, `${way} ${kilowatts(now.meter_kw)}`], "grid", !(Math.abs(now.meter_kw) >= DEAD_KW));
    let end = board + wide;
    const barOf = (x, width, key, label) => {
      svg.append(element("line", { x1: x, x2: x + width, y1: BAR_Y, y2: BAR_Y, class: `bar ${key}` }));
      const above = all.some((one) => one.up && one.bus === (key === "dc"));
      svg.append(element("text", { x: x + width, y: above ? 18 : BAR_Y - 14, class: `label ${key}` }, label));
    };
    barOf(board, wide, "ac", words.ac_board);
    if (has.bus_v !== null) {
      const onBoard = all.filter((one) => !one.bus).reduce((sum, one) => sum + one.kw, 0);
      const into = now.meter_kw + onBoard;
      const middle = end + 95, bus = end + 190;
      flow(end, BAR_Y, middle - 40, BAR_Y, into, "interface");
      flow(middle + 40, BAR_Y, bus, BAR_Y, into - now.loss_kw, "interface");
      const broad = hang(true, bus);
      svg.append(element("rect", { x: middle - 40, y: BAR_Y - 30, width: 80, height: 60, rx: 4, class: "box interface" }));
      svg.append(element("path", { d: `M${middle - 40} ${BAR_Y + 30} L${middle + 40} ${BAR_Y - 30}`, class: "slash" }));
      svg.append(element("text", { x: middle - 20, y: BAR_Y - 8, class: "kw" }, "~"));
      svg.append(element("text", { x: middle + 20, y: BAR_Y + 20, class: "kw" }, "="));
      svg.append(element("text", { x: middle, y: BAR_Y + 48, class: "what" }, words.interface));
      svg.append(element("text", { x: middle, y: BAR_Y + 65, class: "what" }, `${words.loss} ${kilowatts(now.loss_kw)}`));
      barOf(bus, broad, "dc", `${words.dc_bus} ${number(has.bus_v * now.bus_pu)} V (${number(now.bus_pu, 3)})`);
      end = bus + broad;
    }
    const said = all.map((one) => one.lines.join(" ")).join("; ");
    return { svg, width: end + 14, said: `${words.grid}: ${way} ${kilowatts(now.meter_kw)}; ${said}` };
  };

  const diagram = () => {
    const place = byId("oneline");
    const now = day.moments[day.shown - 1];
    if (!place || !now || (place.firstChild && !seen(place))) return;
    const k = rowAt(now.step);
    if (k < 0) { place.replaceChildren(); tell("oneline-note", words.waiting); return; }
    const { svg, width, said } = drawing(inside.has, valuesAt(k));
    const root = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, role: "img", class: "oneline" });
    root.setAttribute("aria-label", `${inside.participant}. ${said}`);
    root.append(svg);
    place.replaceChildren(root);
    const clock = day.stamp(inside.steps[k]).slice(11, 16);
    const mean = inside.minutes > 1 ? ` · ${words.mean_of.replace("{minutes}", number(inside.minutes))}` : "";
    const room = inside.columns.room_k[k];
    const rooms = room === null ? "" : ` · ${words.room_off} ${number(room, 2)} K`;
    const kind = inside.has.bus_v === null ? ` · ${words.ac_only}` : ` · ${words.dc_kind.replace("{volt}", number(inside.has.bus_v))}`;
    tell("oneline-note", `${clock}${mean}${kind}${rooms}`);
  };

  const tell = (name, text) => {
    const line = byId(name);
    if (line && line.textContent !== text) line.textContent = text;
  };

  const curves = () => {
    const plot = plotOf("live-inside");
    const now = day.moments[day.shown - 1];
    if (!window.Plotly || !now || !seen(plot)) return;
    const upTo = inside.steps.findIndex((step) => step > now.step + inside.minutes / day.scene.minutes - 1);
    const cut = (column) => (upTo < 0 ? column : column.slice(0, upTo));
    const x = cut(inside.steps).map((step) => day.stamp(step));
    const { columns } = inside;
    const percent = cut(columns.battery_soc).map((soc) => (soc === null ? null : 100 * soc));
    const series = [columns.meter_kw, columns.baseline_kw, columns.without_kw].map(cut);
    series.push(percent, cut(columns.room_k), cut(columns.room_without_k));
    put(plot, x, series);
    if (x.length) span("live-inside");
  };

  // Rows that are not here yet; of a day that goes on, again and again.
  const ask = async () => {
    if (asking || !inside || !day || inside.whole || inside.missing) return;
    const mine = inside;
    asking = true;
    try {
      const address = `/api/v1/events/${day.name.split("/").map(encodeURIComponent).join("/")}/participants/${mine.place}`;
      const answer = await fetch(`${address}?first=${mine.steps[mine.steps.length - 1] ?? 0}`);
      const told = await answer.json();
      if (mine !== inside) return;
      if (!answer.ok) { mine.missing = told.detail; tell("oneline-note", told.detail); byId("oneline")?.replaceChildren(); return; }
      Object.assign(mine, { has: told.has, participant: told.participant, minutes: told.minutes });
      mine.steps.push(...told.steps);
      for (const [name, column] of Object.entries(told.columns)) (mine.columns[name] ??= []).push(...column);
      const flows = ["meter_kw", "pv_kw", "battery_kw", "ev_kw", "hvac_kw", "dc_other_kw", "ac_other_kw"];
      mine.most = Math.max(1, ...flows.map((name) => mine.columns[name].reduce((most, kw) => Math.max(most, Math.abs(kw)), 0)));
      mine.generates = mine.columns.generation_kw.some((kw) => kw > 0);
      mine.whole = day.over && mine.steps[mine.steps.length - 1] + mine.minutes / day.scene.minutes > day.scene.last_step;
      if (told.steps.length) { show(); curves(); }
    } catch {
      // the server is away; asked again with the next minute
    } finally {
      mine.asked = performance.now();
      asking = false;
      if (mine !== inside) ask();
    }
  };

  const show = () => {
    if (!day || !inside || !byId("oneline")) return;
    if (inside.has) diagram();
  };

  const choose = () => {
    inside = null;
    const place = day ? day.scene.names.indexOf(wanted) : -1;
    byId("oneline")?.replaceChildren();
    if (place < 0) return;
    inside = { place, steps: [], columns: {}, most: 1, asked: 0 };
    window.pedf_console.cells();
    const plot = plotOf("live-inside");
    if (plot) delete plot.dataset.of;
    ask();
  };

  parts.push({
    begin: (begun, said) => { day = begun; words = said; choose(); },
    anew: () => choose(),
    show: () => {
      if (!inside) return;
      const known = inside.steps[inside.steps.length - 1] ?? 0;
      const now = day.moments[day.shown - 1];
      if (now && known < now.step && performance.now() - inside.asked > ASK_MS) ask();
      show();
    },
    draw: () => { if (inside?.has) curves(); },
    chosen: () => inside?.place,
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    building: {
      look: (name) => {
        wanted = name;
        if (day) choose();
        return window.dash_clientside.no_update;
      },
      // A row of the ranking was chosen.
      ranked: (rows) => (rows && rows.length ? rows[0].participant : window.dash_clientside.no_update),
    },
  });
})();
