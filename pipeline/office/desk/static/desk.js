"use strict";
// Without this script everything works; with it a form is sent once, and the bar shows where one is.
for (const form of document.querySelectorAll('form[method="post"]:not([data-again])')) {
  form.addEventListener("submit", event => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
for (const link of document.querySelectorAll(".bar nav a")) {
  if (location.pathname === link.pathname || location.pathname.startsWith(link.pathname + "/")) link.setAttribute("aria-current", "page");
}
// From page to page with the arrows, unless they are wanted where one is typing or choosing.
addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.target.closest("select, textarea, input:not([type=checkbox])")) return;
  const way = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const link = way && document.querySelector(`.pager a[rel="${way}"]`);
  if (link) link.click();
});
