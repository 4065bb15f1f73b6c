(function () {
  "use strict";
  var form = document.getElementById("ledger-filter");
  var find = document.getElementById("ledger-find");
  var shown = document.getElementById("ledger-shown");
  var choices = Array.prototype.slice.call(form.querySelectorAll("select"));
  var rows = Array.prototype.slice.call(document.getElementById("ledger-table").tBodies[0].rows);
  var texts = rows.map(function (row) { return row.textContent.replace(/\s+/g, " ").toLowerCase(); });

  function filter() {
    var words = find.value.toLowerCase().split(/\s+/);
    var count = 0;
    rows.forEach(function (row, index) {
      var fits = words.every(function (word) { return texts[index].indexOf(word) >= 0; }) &&
        choices.every(function (field) {
          return !field.value || row.getAttribute("data-" + field.dataset.column) === field.value;
        });
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = count + " / " + rows.length;
  }

  form.addEventListener("input", filter);
  form.addEventListener("reset", function () { setTimeout(filter); });  // The fields are cleared after the event.
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;  // Without a script there is nothing to filter with.
  filter();  // A browser may have kept the fields of the last visit.
})();
