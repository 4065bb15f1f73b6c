(function () {
  "use strict";
  var table = document.getElementById("signals");
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);

  function value(row, column) {
    var text = row.cells[column].textContent.trim();
    var digits = text.split(" / ")[0].replace(/,/g, "").replace("\u2212", "-").replace("+", "");
    if (text === "\u2013" || text === "") { return null; }
    return heads[column].classList.contains("n") && digits !== "" && !isNaN(digits) ? Number(digits) : text;
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") { return a - b; }
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sortBy(column) {
    var sign = heads[column].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    heads.forEach(function (head) { head.removeAttribute("aria-sort"); });
    heads[column].setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    rows.map(function (row, index) { return { row: row, index: index, value: value(row, column) }; })
      .sort(function (a, b) {
        if (a.value === null || b.value === null) {
          return (a.value === null) - (b.value === null) || a.index - b.index;
        }
        return sign * compare(a.value, b.value) || a.index - b.index;
      })
      .forEach(function (item) { body.appendChild(item.row); });
  }

  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", function () { sortBy(column); });
    var plain = document.createElement("span");  // Browsers do not repeat buttons on printed pages.
    plain.className = "plain";
    plain.textContent = head.textContent;
    head.textContent = "";
    head.appendChild(button);
    head.appendChild(plain);
  });

  var find = document.getElementById("find");
  var district = document.getElementById("district");
  var retimed = document.getElementById("only-retimed");
  var shown = document.getElementById("shown");

  function filter() {
    var wanted = find.value.trim().toLowerCase();
    var count = 0;
    rows.forEach(function (row) {
      var name = (row.dataset.id + " " + row.dataset.district).toLowerCase();
      var fits = name.indexOf(wanted) >= 0 &&
        (!district || !district.value || row.dataset.district === district.value) &&
        (!retimed.checked || row.dataset.retimed === "1");
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = (count === rows.length ? "" : count + " of ") + rows.length +
      (rows.length === 1 ? " intersection" : " intersections");
  }

  [find, district, retimed].forEach(function (field) {
    if (field) { field.addEventListener("input", filter); }
  });
  document.querySelector(".filter").addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", function () {
    var row = document.getElementById(location.hash.slice(1));
    if (row && row.hidden) {
      find.value = "";
      if (district) { district.value = ""; }
      retimed.checked = false;
      filter();
      row.scrollIntoView();
    }
  });
})();
