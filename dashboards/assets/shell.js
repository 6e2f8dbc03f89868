// Small things that need no server: the burger, addresses that remember a choice, figures in the dark.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  shell: {
    open: (opened, navbar) => ({ ...navbar, collapsed: { mobile: !opened } }),

    // A button was pressed, not just drawn.
    asked: (clicks) => Boolean(clicks),

    // Keep a choice in the address, under the name of the control, so that a link or the other language has it too.
    remember: (value, there) => {
      const name = window.dash_clientside.callback_context.inputs_list[0].id;
      const said = Array.isArray(value) ? value.join("|") : value || "";
      const here = new URL(window.location.href);
      if (said) here.searchParams.set(name, said);
      else here.searchParams.delete(name);
      window.history.replaceState(window.history.state, "", here.pathname + here.search);
      const path = here.pathname.split("/");
      path[1] = path[1] === "zh" ? "en" : "zh";
      return path.join("/") + here.search;
    },
  },
});

// The server is gone, failed, or no longer knows the reader: say so; after a login lead back here.
(() => {
  const ask = window.fetch;
  const tell = (name, hidden) => {
    const words = document.getElementById(name);
    if (words) words.hidden = hidden;
  };
  window.fetch = async (...given) => {
    const answer = await ask(...given).catch((error) => {
      if (error.name !== "AbortError") tell("silent", false);
      throw error;
    });
    tell("silent", true);
    if (answer.status >= 500) tell("failed", false);
    const ended = document.getElementById("ended");
    if (answer.status === 401 && ended && ended.hidden) {
      const here = new URL(window.location.href);
      const link = document.getElementById("log-in");
      link.href = `${link.getAttribute("href").split("?")[0]}?next=${encodeURIComponent(here.pathname + here.search)}`;
      ended.hidden = false;
    }
    return answer;
  };
})();

(() => {
  const DARK = {
    "#1f2933": "#d6dbe1", "#6b7280": "#9aa4b1", "#e5e7eb": "#3b424b", "#9ca3af": "#5b6570",
    "#ffffff": "rgba(0,0,0,0)", "#fff": "rgba(0,0,0,0)", white: "rgba(0,0,0,0)",
  };
  const BOX = "#25292f";
  const LONG = 400;
  const kept = new WeakMap();

  const tinted = (value) => {
    if (typeof value === "string") return DARK[value.toLowerCase()] ?? value;
    if (Array.isArray(value)) return value.length > LONG ? value : value.map(tinted);
    if (value && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, tinted(inside)]));
    return value;
  };

  const dark = () => document.documentElement.getAttribute("data-mantine-color-scheme") === "dark";

  const tint = (plot) => {
    if (!window.Plotly || !plot.data || !plot.layout) return;
    const before = kept.get(plot);
    if (before && before.shown === plot.data && before.dark === dark()) return;
    const own = before && before.shown === plot.data ? before : { data: plot.data, layout: plot.layout };
    if (!dark() && own === before) {
      kept.set(plot, { ...own, shown: own.data, dark: false });
      window.Plotly.react(plot, own.data, own.layout);
    } else if (dark()) {
      const data = tinted(own.data);
      kept.set(plot, { ...own, shown: data, dark: true });
      const layout = tinted(own.layout);
      // What stands over areas must not let them through.
      layout.hoverlabel = { ...layout.hoverlabel, bgcolor: BOX };
      window.Plotly.react(plot, data, layout);
    } else kept.set(plot, { ...own, shown: own.data, dark: false });
  };

  const all = () => document.querySelectorAll(".js-plotly-plot").forEach(tint);
  let due = 0;
  // AG Grid reads whether it is dark from an attribute of its own.
  const grids = () => { document.documentElement.dataset.agThemeMode = dark() ? "dark" : "light"; };
  const soon = () => {
    grids();
    if (!due) due = window.setTimeout(() => { due = 0; all(); }, 60);
  };
  new MutationObserver(soon).observe(document.documentElement, {
    attributes: true, attributeFilter: ["data-mantine-color-scheme"],
  });
  new MutationObserver((changes) => {
    if (dark() && changes.some((change) => change.addedNodes.length)) soon();
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
