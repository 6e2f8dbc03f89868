// The ranking of participants, asked for anew while the call is watched or played.
(() => {
  const { byId, parts, seen } = window.pedf_console;
  const ASK_MS = 1500;
  let day = null;
  let asking = false;
  let shown = null;
  let last = 0;

  const show = async () => {
    const now = day?.moments[day.shown - 1];
    if (!now || asking || shown === now.step || !seen(byId("ranking")) || performance.now() - last < ASK_MS) return;
    if (now.step <= day.scene.start_step && shown !== null) return;
    const mine = day;
    asking = true;
    try {
      const address = `/api/v1/events/${mine.name.split("/").map(encodeURIComponent).join("/")}/ranking`;
      const answer = await fetch(`${address}?last=${now.step}`);
      const told = await answer.json();
      if (mine !== day) return;
      const rows = answer.ok ? told.ranking.map((row) => ({ ...row, id: String(row.place) })) : [];
      window.dash_clientside.set_props({ grid: "ranking" }, { rowData: rows });
      shown = now.step;
    } catch {
      // the server is away; asked again with the next minute
    } finally {
      last = performance.now();
      asking = false;
      window.setTimeout(show, ASK_MS + 50);
    }
  };

  parts.push({
    begin: (begun) => { day = begun; shown = null; last = 0; },
    anew: () => { shown = null; },
    show,
  });
})();
