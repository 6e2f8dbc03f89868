// The console: minutes of a call come as a stream; here they become tiles, curves and the fleet's cells.
(() => {
  const PLAY_MS = 40;
  const NIL = "–";
  let source = null;
  let day = null;
  let words = {};
  let pace = 60;

  const byId = (name) => document.getElementById(name);
  const number = (value, digits = 0) =>
    value === null || value === undefined || !Number.isFinite(value)
      ? NIL
      : value.toLocaleString(words.language === "zh" ? "zh-CN" : "en-GB", {
          minimumFractionDigits: digits, maximumFractionDigits: digits,
        });
  const tell = (name, text) => {
    const tile = byId(`tile-${name}`);
    if (tile && tile.textContent !== text) tile.textContent = text;
  };
  const wall = (text) => text.slice(0, 19);

  // Parts of the page in files of their own: told when a day begins, begins anew, and at each minute shown.
  const parts = [];

  // Only while the page is there; React may draw it anew at any time, so nothing of it is kept here.
  const plotOf = (name) => document.querySelector(`#${name} .js-plotly-plot`);

  // Whether something is on the screen or nearly so: what nobody sees is drawn when it is scrolled to.
  const NEAR_PX = 150;
  const seen = (element) => {
    const box = element?.getBoundingClientRect();
    return Boolean(box) && box.bottom > -NEAR_PX && box.top < window.innerHeight + NEAR_PX;
  };

  // The shell draws figures anew in the dark, from what the page had when it came: curves that went are put back.
  const put = (plot, x, series) => {
    plot.dataset.points = x.length;
    if (!plot.dataset.watched) {
      plot.dataset.watched = "yes";
      plot.on("plotly_afterplot", () => {
        if (day && plot.data[0].x?.length !== Number(plot.dataset.points)) soon();
      });
    }
    window.Plotly.restyle(plot, { x: series.map(() => x), y: series }, series.map((_, k) => k));
  };

  const draw = () => {
    const upTo = day.moments.slice(0, day.shown);
    const x = upTo.map((one) => wall(one.at));
    const fill = (name, series) => {
      const plot = plotOf(name);
      if (!window.Plotly || !seen(plot)) return;
      put(plot, x, series);
    };
    if (!plotOf("live-response")) return false;
    fill("live-response", [
      upTo.map((one) => one.target_kw), upTo.map((one) => one.settled_kw), upTo.map((one) => one.given_kw),
    ]);
    fill("live-power", [
      upTo.map((one) => one.fleet_kw), upTo.map((one) => one.baseline_kw), upTo.map((one) => one.without_kw),
    ]);
    feeder(upTo, x, fill);
    for (const part of parts) part.draw?.();
    for (const name of ["live-response", "live-power", "live-feeder"]) span(name);
    return true;
  };

  // The whole day on all axes of time of a figure, with the call shaded; once.
  const span = (name) => {
    const plot = plotOf(name);
    if (!seen(plot) || plot.dataset.of === day.name) return;
    plot.dataset.of = day.name;
    const range = [wall(day.first), wall(day.scene.last)];
    const call = { type: "rect", xref: "x", yref: "paper", x0: wall(day.scene.start), x1: wall(day.scene.end),
      y0: 0, y1: 1, fillcolor: "rgba(37,99,235,0.07)", line: { width: 0 }, layer: "below" };
    const shapes = name === "live-feeder" ? [call, { ...call, xref: "x2" }, ...limits()] : [call];
    const axes = Object.keys(plot.layout).filter((key) => /^xaxis\d*$/.test(key));
    window.Plotly.relayout(plot, { shapes, ...Object.fromEntries(axes.map((axis) => [`${axis}.range`, range])) });
  };

  // Loading [%] and voltages of the feeder, with the call and without.
  const feeder = (upTo, x, fill) => {
    if (!seen(plotOf("live-feeder"))) return;
    const of = (pick, scale) => upTo.map((one) => (one.feeder && pick(one.feeder) !== null ? scale * pick(one.feeder) : null));
    fill("live-feeder", [
      of((f) => f.transformer, 100), of((f) => f.without.transformer, 100), of((f) => f.cable, 100),
      of((f) => f.low_pu, 1), of((f) => f.high_pu, 1), of((f) => f.without.low_pu, 1),
    ]);
  };

  const limits = () => {
    const known = day.scene.feeder?.limits;
    if (!known) return [];
    const line = (y, yref) => ({ type: "line", xref: `${yref.replace("y", "x")} domain`, x0: 0, x1: 1, yref, y0: y, y1: y,
      line: { color: "#c2503f", width: 1.2, dash: "dash" } });
    return [line(100 * known.planning, "y"), line(100 * known.rated, "y"), line(known.low_pu, "y2"), line(known.high_pu, "y2")];
  };

  const cells = () => {
    const fleet = byId("fleet");
    if (!fleet || !day) return;
    if (fleet.dataset.of !== day.name) {
      fleet.dataset.of = day.name;
      fleet.replaceChildren(...day.scene.names.map((name, k) => {
        const cell = document.createElement("span");
        cell.className = "cell";
        cell.dataset.at = k;
        cell.title = name;
        cell.setAttribute("role", "option");
        cell.setAttribute("aria-label", name);
        cell.tabIndex = k === 0 ? 0 : -1;
        return cell;
      }));
      const at = (event) => event.target.dataset.at;
      fleet.onmouseover = fleet.onfocus = (event) => {
        if (at(event) !== undefined) { day.over_cell = Number(at(event)); who(); }
      };
      fleet.addEventListener("focus", fleet.onfocus, true);
      fleet.onclick = (event) => {
        if (at(event) !== undefined) window.dash_clientside.set_props("inside", { value: day.scene.names[at(event)] });
      };
      fleet.onkeydown = (event) => keyed(event, fleet);
    }
    const now = day.moments[day.shown - 1];
    if (!now) return;
    const silent = new Set(now.unheard);
    const chosen = parts.map((part) => part.chosen?.()).find((place) => place !== undefined);
    [...fleet.children].forEach((cell, k) => {
      const asked = now.asked_of[k] ?? 0;
      const ratio = asked > 0 ? now.of[k] / asked : 0;
      const shade = asked === 0 ? "idle" : now.phase !== "call" ? "due" : ratio >= 0.8 ? "full" : ratio >= 0.4 ? "half" : "none";
      const wanted = `cell ${shade}${silent.has(k) ? " silent" : ""}${k === chosen ? " chosen" : ""}`;
      if (cell.className === wanted) return;
      cell.className = wanted;
      cell.setAttribute("aria-selected", k === chosen);
    });
    who();
  };

  // Arrows walk through the cells, of which one alone is a stop of the tab key; Enter opens the building.
  const keyed = (event, fleet) => {
    const k = Number(event.target.dataset.at);
    if (!Number.isInteger(k)) return;
    const row = [...fleet.children].findIndex((cell, j) => j > 0 && cell.offsetTop > fleet.children[0].offsetTop);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row < 0 ? 1 : row, ArrowUp: row < 0 ? -1 : -row }[event.key];
    if (event.key === "Enter" || event.key === " ") fleet.onclick(event);
    else if (step === undefined) return;
    else {
      const next = fleet.children[k + step];
      if (next) { event.target.tabIndex = -1; next.tabIndex = 0; next.focus(); }
    }
    event.preventDefault();
  };

  const who = () => {
    const line = byId("who");
    if (!line || day.over_cell === undefined) return;
    const now = day.moments[day.shown - 1];
    const k = day.over_cell;
    const asked = now.asked_of[k];
    const parts = [day.scene.names[k]];
    parts.push(asked === undefined ? words.not_in : `${words.asked_of} ${number(asked, 1)} kW`);
    parts.push(`${words.gives} ${number(now.of[k], 1)} kW`);
    if (now.unheard.includes(k)) parts.push(words.silent);
    line.textContent = parts.join(" · ");
  };

  const tiles = () => {
    const now = day.moments[day.shown - 1];
    if (!now) return;
    tell("clock", now.at.slice(11, 16));
    tell("target", now.phase === "call" ? number(now.target_kw) : `(${number(day.scene.target_kw)})`);
    tell("given", number(now.given_kw));
    tell("settled", number(now.settled_kw));
    tell("share", now.delivered === null ? NIL : `${number(100 * now.delivered)} %`);
    tell("rebound", number(now.rebound_kwh));
    tell("opted", `${number(now.opted)} / ${number(day.scene.names.length)}`);
    tell("unheard", now.phase === "call" ? number(now.unheard.length) : NIL);
    tell("orders", number(now.orders));
    tell("lost", number(now.lost));
    const limit = day.scene.feeder?.limits;
    const share = (value, digits) => (value === null || value === undefined ? NIL : `${number(100 * value, digits)} %`);
    tell("soc", share(now.soc, 1));
    tell("rooms", share(now.rooms_outside, 1));
    const beyond = (value, most) => `${share(value, 0)}${value > most ? " ▲" : ""}`;
    tell("transformer", beyond(now.feeder?.transformer, limit?.rated));
    tell("cable", beyond(now.feeder?.cable, limit?.cable));
    tell("volts", now.feeder ? `${number(now.feeder.low_pu, 3)}–${number(now.feeder.high_pu, 3)}` : NIL);
    phase(words[now.phase]);
    const line = byId("feeder-now");
    if (line) line.textContent = carried(now.feeder);
  };

  // The feeder in a line: how many transformers pass a limit, and which are fullest.
  const carried = (now) => {
    const on = day.scene.feeder;
    if (!on || !now) return on?.missing ?? words.no_feeder;
    const fullest = now.fullest.map(([k, loading]) => `${on.transformers[k]} (${number(on.rating_kva[k])} kVA) ${number(100 * loading)} %`);
    return [`${words.transformers} ${number(on.transformers.length)}`, `${words.beyond_planning} ${number(now.beyond.planning)}`,
      `${words.beyond_rated} ${number(now.beyond.rated)}`, ...(now.cable > on.limits.cable ? [words.cable_beyond] : []), `${words.fullest}: ${fullest.join(words.language === "zh" ? "、" : ", ")}`].join(" · ");
  };

  const phase = (text) => {
    const line = byId("phase");
    if (line && line.textContent !== text) line.textContent = text;
  };

  // Figures and cells follow at once; curves, which take longer, a few times a second.
  const DRAW_MS = 150;
  let drawing = 0;
  const show = () => {
    if (!day || !byId("fleet")) return;
    tiles();
    cells();
    for (const part of parts) part.show();
    if (!drawing) drawing = window.setTimeout(() => {
      drawing = 0;
      if (day && byId("fleet") && !draw()) show();
    }, DRAW_MS);
  };

  // A day that is over is played here; one under way is shown as it comes.
  let timer = 0;
  const play = () => {
    window.clearInterval(timer);
    timer = 0;
    if (!day || !day.over) return;
    let last = performance.now();
    timer = window.setInterval(() => {
      if (!byId("fleet")) { stop(); return; }
      const now = performance.now();
      day.due = (day.due ?? day.shown) + ((now - last) / 60000) * (pace / day.scene.minutes);
      last = now;
      const wanted = Math.min(Math.floor(day.due), day.moments.length);
      if (wanted > day.shown) { day.shown = wanted; show(); }
      if (day.shown >= day.moments.length) { window.clearInterval(timer); timer = 0; }
    }, PLAY_MS);
  };

  const stop = () => {
    window.clearInterval(timer);
    timer = 0;
    if (source) source.close();
    source = null;
  };

  let due = 0;
  const soon = () => {
    if (!due) due = window.requestAnimationFrame(() => { due = 0; show(); });
  };

  document.addEventListener("scroll", () => { if (day && byId("fleet")) soon(); }, { passive: true, capture: true });

  const over = () => {
    day.over = true;
    const wordsOf = byId("words");
    if (wordsOf) wordsOf.hidden = true;
    window.dash_clientside.set_props("day-over", { data: day.name });
  };

  const watch = (name, said) => {
    stop();
    words = said;
    day = null;
    const wordsOf = byId("words");
    if (wordsOf) wordsOf.hidden = true;
    phase(words.waiting);
    if (!name) return null;
    const mine = new EventSource(`/live/calls/${name.split("/").map(encodeURIComponent).join("/")}`);
    source = mine;
    const own = (act) => (event) => { if (source === mine && byId("fleet")) act(JSON.parse(event.data)); else mine.close(); };
    mine.addEventListener("scene", own((said_) => {
      if (day && day.name === name) { day.lost = false; return; }
      const scene = said_.scene;
      const per = scene.minutes * 60000;
      const start = new Date(scene.start).getTime();
      const offset = scene.start.slice(-6);
      const local = (ms) => new Date(ms + minutesOf(offset) * 60000).toISOString().slice(0, 19) + offset;
      scene.last = local(start + (scene.last_step - scene.start_step) * per);
      day = { name, scene, moments: [], shown: 0, over: said_.over,
        stamp: (step) => wall(local(start + (step - scene.start_step) * per)),
        first: local(start + (scene.first_step - scene.start_step) * per) };
      for (const part of parts) part.begin(day, words);
      if (said_.over) over();
      else if (wordsOf) wordsOf.hidden = false;
    }));
    mine.addEventListener("anew", own(() => {
      day.moments = [];
      day.shown = 0;
      for (const part of parts) part.anew();
    }));
    mine.addEventListener("moments", own((some) => {
      day.moments.push(...some);
      window.console_seen = { step: some[some.length - 1].step, at: performance.now() };
      if (!day.over) day.shown = day.moments.length;
      else if (day.shown === 0) { day.shown = Math.min(1, day.moments.length); play(); }
      soon();
    }));
    mine.addEventListener("over", own(() => {
      mine.close();
      if (!day.over) over();
      else if (!timer) play();
    }));
    mine.onerror = () => { if (source === mine && mine.readyState !== EventSource.CLOSED) phase(words.lost_line); };
    return name;
  };

  const minutesOf = (offset) =>
    (offset[0] === "-" ? -1 : 1) * (60 * Number(offset.slice(1, 3)) + Number(offset.slice(4, 6)));

  window.pedf_console = { byId, number, parts, plotOf, span, cells, seen, put };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    console: {
      watch,
      pace: (times, clicks) => {
        pace = Number(times);
        if (day && day.over) {
          const asked = window.dash_clientside.callback_context.triggered.some((one) => one.prop_id.startsWith("replay"));
          if (asked && clicks) { day.shown = 1; }
          day.due = day.shown;
          show();
          play();
        }
        return window.dash_clientside.no_update;
      },
    },
  });
})();
