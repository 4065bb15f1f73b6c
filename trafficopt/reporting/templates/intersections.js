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
    var plain = document.createElement("span");  // Browsers do not repeat buttons on printed pages.
    button.type = "button";
    plain.className = "plain";
    Array.prototype.slice.call(head.childNodes).forEach(function (node) {
      plain.appendChild(node.cloneNode(true));
      button.appendChild(node);
    });
    button.addEventListener("click", function () { sortBy(column); });
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
    shown.textContent = count + " / " + rows.length;
  }

  [find, district, retimed].forEach(function (field) {
    if (field) { field.addEventListener("input", filter); }
  });
  document.querySelectorAll("form.filter").forEach(function (form) {
    form.addEventListener("submit", function (event) { event.preventDefault(); });
  });
  filter();  // A browser may have kept the fields of the last visit.

  // Pages are drawn when somebody asks for them.
  var pages = document.getElementById("pages");
  var list = document.getElementById("list");

  function draw(anchors) {
    pages.innerHTML = anchors.map(function (anchor) {
      return document.getElementById("page-" + anchor).textContent;
    }).join("");
    window.translate(pages);
  }

  document.addEventListener("tab", function (event) {
    var anchor = event.detail;
    list.hidden = anchor !== "";
    document.documentElement.classList.toggle("paged", anchor !== "");
    draw(anchor ? [anchor] : []);
    if (anchor) { pages.focus({ preventScroll: true }); }
  });

  var print = document.getElementById("print-pages");
  print.hidden = false;
  print.addEventListener("click", function () {
    var wanted = rows.filter(function (row) { return !row.hidden; });
    draw(wanted.map(function (row) { return row.dataset.anchor; }));
    list.hidden = true;
    document.documentElement.classList.add("paged");
    window.print();
  });

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    var way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    var link = way && !typing && !event.altKey && !event.ctrlKey && pages.querySelector("a[rel=" + way + "]");
    if (link) { location.hash = link.hash; }
  });

  // The map: a layer of colors, and a second map to compare with.
  var layers = JSON.parse(document.getElementById("layers").textContent);
  var first = document.getElementById("first-map");
  var second = document.getElementById("second-map");

  function paint(figure, layer) {
    figure.querySelectorAll("a").forEach(function (link) {
      var anchor = link.getAttribute("href").slice(1);
      var color = layer.colors[anchor];
      link.querySelectorAll("use").forEach(function (mark) { mark.style.fill = color || "#ffffff"; });
      link.querySelector("title").textContent = layers.names[anchor] + ": " + (layer.texts[anchor] || "\u2013");
    });
    figure.querySelector(".legend").innerHTML = "";
    layer.legend.forEach(function (step) {
      var item = document.createElement("li");
      var box = document.createElement("span");
      box.style.background = step[0];
      item.appendChild(box);
      item.appendChild(document.createTextNode(step[1]));
      figure.querySelector(".legend").appendChild(item);
    });
  }

  function choose(field, figure) {
    var layer = layers.layers[field.value];
    figure.hidden = !layer;
    if (layer) { paint(figure, layer); }
  }

  var other = document.getElementById("other-layer");
  document.getElementById("layer").addEventListener("input", function () { choose(this, first); });
  other.addEventListener("input", function () {
    var box = second.querySelector(".scroll");
    if (!box.firstElementChild) { box.innerHTML = first.querySelector(".scroll").innerHTML; }
    choose(other, second);
  });
})();
