(function () {
  "use strict";
  var root = document.documentElement;
  var button = document.getElementById("language");

  function swap(element, chinese, attribute, wanted) {
    var key = "en" + chinese;
    if (element.dataset[key] === undefined) {
      element.dataset[key] = attribute ? element.getAttribute(attribute) : element.textContent;
    }
    var words = wanted === "zh" ? element.dataset[chinese] : element.dataset[key];
    if (attribute) { element.setAttribute(attribute, words); } else { element.textContent = words; }
  }

  // Elements that hold nothing but text, and attributes; all else is there in both languages, and one is hidden.
  window.translate = function (inside) {
    var wanted = root.dataset.language;
    inside.querySelectorAll("[data-zh]").forEach(function (e) { swap(e, "zh", "", wanted); });
    inside.querySelectorAll("[data-zh-label]").forEach(function (e) { swap(e, "zhLabel", "aria-label", wanted); });
    inside.querySelectorAll("[data-zh-hint]").forEach(function (e) { swap(e, "zhHint", "placeholder", wanted); });
  };

  function show(language) {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    button.textContent = language === "zh" ? "English" : "中文";
    button.lang = language === "zh" ? "en" : "zh-CN";
    window.translate(document);
    document.dispatchEvent(new Event("languagechange"));
  }

  button.hidden = false;
  button.addEventListener("click", function () { show(root.dataset.language === "zh" ? "en" : "zh"); });
  var asked = new URLSearchParams(location.search).get("language");
  if ((asked || navigator.language || "").toLowerCase().indexOf("zh") === 0) { show("zh"); }
})();
