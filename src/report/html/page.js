"use strict";
// Sorts tables by a column: on a press of the button in its heading, or as the address says, as in
// #sort=response_ms_p99,descending. Every table that has the column follows.
{
  const tables = [...document.querySelectorAll("table.sortable")];

  // A number where the cell has one, null where it has none, or else its words.
  const value = (row, column) => {
    const { dataset, textContent } = row.cells[column];
    if (dataset.value === undefined) return textContent;
    return dataset.value === "" ? null : Number(dataset.value);
  };

  // What is missing comes last, whichever way.
  const compare = (a, b, sign) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return a < b ? -sign : a > b ? sign : 0;
  };

  const sort = (key, direction) => {
    const sign = direction === "descending" ? -1 : 1;
    for (const table of tables) {
      const heads = [...table.tHead.rows[0].cells];
      const column = heads.findIndex((head) => head.dataset.key === key);
      if (column < 0) continue;
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [value(row, column), row]);
      rows.sort(([a], [b]) => compare(a, b, sign));
      body.append(...rows.map(([, row]) => row));
      for (const head of heads) head.removeAttribute("aria-sort");
      heads[column].setAttribute("aria-sort", direction);
    }
  };

  const follow = () => {
    const words = decodeURIComponent(location.hash).match(/^#sort=(.*),(ascending|descending)$/);
    if (words) sort(words[1], words[2]);
  };

  for (const head of document.querySelectorAll("table.sortable th[data-key]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "ascending";
      const direction = up ? "descending" : "ascending";
      sort(head.dataset.key, direction);
      history.replaceState(null, "", `#sort=${encodeURIComponent(head.dataset.key)},${direction}`);
    });
  }
  addEventListener("hashchange", follow);
  follow();
}
