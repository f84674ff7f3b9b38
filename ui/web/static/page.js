// What every page does besides being read: an error summary takes the focus, a form is sent once, the live view runs.
const summary = document.querySelector("[data-focus]");
if (summary) summary.focus();

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// A page that comes back by the Back button may be sent again.
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

const stage = document.querySelector("[data-preview]");
if (stage) import(stage.dataset.preview).then((live) => live.start(stage));
