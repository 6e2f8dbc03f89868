// A button with data-csv saves the table of that id as it stands, small print in brackets.
document.addEventListener("click", (event) => {
  const pressed = event.target.closest && event.target.closest("[data-csv]");
  const table = pressed && document.getElementById(pressed.getAttribute("data-csv"));
  if (!table) return;
  const text = (cell) => {
    const copy = cell.cloneNode(true);
    const small = [...copy.querySelectorAll("small")].map((one) => { one.remove(); return one.textContent; });
    const whole = [copy.textContent, ...small.map((one) => `(${one})`)].join(" ").trim();
    return `"${whole.replaceAll('"', '""')}"`;
  };
  const rows = [...table.rows].map((row) => [...row.cells].map(text).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", rows.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }));
  const title = table.closest("figure")?.querySelector("h3")?.textContent || "table";
  link.download = `${title.replace(/[^\p{L}\p{N}._-]+/gu, "_").slice(0, 60)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
});
