(function () {
  "use strict";
  var root = document.documentElement;
  var waiting = new Map();

  function draw(div) {
    var script = waiting.get(div);
    if (!script) { return Promise.resolve(); }
    waiting.delete(div);
    var figure = JSON.parse(script.textContent);
    return window.Plotly.newPlot(div, figure.data, figure.layout, figure.config);
  }

  // A figure is drawn when it comes near the window, so that a page of thirty opens at once.
  var watcher = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) { watcher.unobserve(entry.target); draw(entry.target); }
    });
  }, { rootMargin: "500px 0px" });

  document.querySelectorAll("script[data-for]").forEach(function (script) {
    var div = document.getElementById(script.dataset.for);
    waiting.set(div, script);
    watcher.observe(div);
  });

  function shown(div) { return div.offsetParent !== null; }

  // Paper is narrower than a screen: figures keep their size and are scaled, so that nothing in them collides.
  function scale(paper) {
    document.querySelectorAll(".plot").forEach(function (div) {
      if (!shown(div)) { return; }
      if (waiting.has(div)) { watcher.unobserve(div); draw(div); }
      div.style.width = paper ? div.clientWidth + "px" : "";
      div.style.zoom = paper ? Math.min(1, paper / div.clientWidth) : "";
    });
  }

  // What was not scrolled to yet is drawn when the browser has nothing else to do, one figure at a time.
  var later = window.requestIdleCallback || function (work) { window.setTimeout(work, 200); };
  function drawRest() {
    var next = Array.from(waiting.keys()).find(shown);
    if (!next) { return; }
    watcher.unobserve(next);
    draw(next).then(function () { later(drawRest); });
  }

  function language(name, key) {
    root.className = "show-" + name;
    root.lang = name === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("button[data-language]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.language === name));
    });
    if (key) {
      var place = document.getElementById(key + "-" + name);
      if (place) { place.scrollIntoView(); }
    }
    window.dispatchEvent(new Event("resize"));
    later(drawRest);
  }

  function reading() {
    var best = null;
    document.querySelectorAll("section[data-key]").forEach(function (section) {
      if (shown(section) && section.getBoundingClientRect().top < 120) { best = section.dataset.key; }
    });
    return best;
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) { return; }
    if (button.dataset.language) { language(button.dataset.language, reading()); return; }
    if (button.dataset.choice === undefined) { return; }
    var section = button.closest("section");
    section.querySelectorAll("button[data-choice]").forEach(function (other) {
      other.setAttribute("aria-pressed", String(other === button));
    });
    section.querySelectorAll("[data-panel]").forEach(function (panel) {
      panel.hidden = panel.dataset.panel !== button.dataset.choice;
    });
    window.dispatchEvent(new Event("resize"));
    later(drawRest);
  });

  var buttons = document.querySelectorAll("button[data-language]");
  if (buttons.length) {
    var asked = /(?:#|-)(zh|en)$/.exec(window.location.hash);
    var home = (navigator.language || "").toLowerCase().indexOf("zh") === 0 ? "zh" : "en";
    language(asked ? asked[1] : home, null);
    if (asked) {
      var place = document.getElementById(window.location.hash.slice(1));
      if (place) { place.scrollIntoView(); }
    }
  }

  window.addEventListener("beforeprint", function () { scale(690); });
  window.addEventListener("afterprint", function () { scale(0); });
  later(drawRest);
  root.dataset.ready = "yes";
})();
