(function () {
  "use strict";
  var tabs = Array.prototype.slice.call(document.querySelectorAll(".tab"));
  var links = Array.prototype.slice.call(document.querySelectorAll("#tabs a"));

  // The part of the page that holds the element which the address names; the first one if it names none.
  function show() {
    var name = decodeURIComponent(location.hash.slice(1));
    var paged = document.getElementById("page-" + name);
    var target = document.getElementById(paged ? "intersections" : name);
    var shown = tabs.find(function (tab) { return target && tab.contains(target); });
    if (!shown && target) { return; }  // It is above the tabs.
    tabs.forEach(function (tab) { tab.classList.toggle("shown", tab === (shown || tabs[0])); });
    links.forEach(function (link) {
      var section = document.getElementById(link.hash.slice(1));
      if ((shown || tabs[0]).contains(section)) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
    });
    document.dispatchEvent(new CustomEvent("tab", { detail: paged ? name : "" }));
    if (target && shown) { (paged ? document.getElementById("tabs") : target).scrollIntoView({ behavior: "instant" }); }
  }

  document.documentElement.classList.add("tabbed");
  window.addEventListener("hashchange", show);
  window.addEventListener("DOMContentLoaded", show);
})();
