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

  // Only while the page is there; React may draw it anew at any time, so nothing of it is kept here.
  const plotOf = (name) => document.querySelector(`#${name} .js-plotly-plot`);

  const draw = () => {
    const upTo = day.moments.slice(0, day.shown);
    const x = upTo.map((one) => wall(one.at));
    const fill = (name, series) => {
      const plot = plotOf(name);
      if (!plot || !window.Plotly) return;
      window.Plotly.restyle(plot, { x: series.map(() => x), y: series }, series.map((_, k) => k));
    };
    if (!plotOf("live-response")) return false;
    fill("live-response", [
      upTo.map((one) => one.target_kw), upTo.map((one) => one.settled_kw), upTo.map((one) => one.given_kw),
    ]);
    fill("live-power", [
      upTo.map((one) => one.fleet_kw), upTo.map((one) => one.baseline_kw), upTo.map((one) => one.without_kw),
    ]);
    if (day.axis !== day.scene.start) {
      day.axis = day.scene.start;
      const range = [wall(day.first), wall(day.scene.last)];
      const call = { type: "rect", xref: "x", yref: "paper", x0: wall(day.scene.start), x1: wall(day.scene.end),
        y0: 0, y1: 1, fillcolor: "rgba(37,99,235,0.07)", line: { width: 0 }, layer: "below" };
      for (const name of ["live-response", "live-power"])
        window.Plotly.relayout(plotOf(name), { "xaxis.range": range, shapes: [call] });
    }
    return true;
  };

  const cells = () => {
    const fleet = byId("fleet");
    if (!fleet) return;
    if (fleet.dataset.of !== day.name) {
      fleet.dataset.of = day.name;
      fleet.replaceChildren(...day.scene.names.map((name, k) => {
        const cell = document.createElement("span");
        cell.className = "cell";
        cell.dataset.at = k;
        cell.title = name;
        return cell;
      }));
      fleet.onmouseover = (event) => {
        const at = event.target.dataset.at;
        if (at !== undefined) { day.over_cell = Number(at); who(); }
      };
    }
    const now = day.moments[day.shown - 1];
    if (!now) return;
    const silent = new Set(now.unheard);
    [...fleet.children].forEach((cell, k) => {
      const asked = now.asked_of[k] ?? 0;
      const ratio = asked > 0 ? now.of[k] / asked : 0;
      const shade = asked === 0 ? "idle" : now.phase !== "call" ? "due" : ratio >= 0.8 ? "full" : ratio >= 0.4 ? "half" : "none";
      const wanted = `cell ${shade}${silent.has(k) ? " silent" : ""}`;
      if (cell.className !== wanted) cell.className = wanted;
    });
    who();
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
    phase(words[now.phase]);
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
        first: local(start + (scene.first_step - scene.start_step) * per) };
      if (said_.over) over();
      else if (wordsOf) wordsOf.hidden = false;
    }));
    mine.addEventListener("anew", own(() => { day.moments = []; day.shown = 0; }));
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
