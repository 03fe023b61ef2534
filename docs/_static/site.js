// What was guessed is said again above the answer; on paper everything folded is open.
for (const answer of document.querySelectorAll("details.answer")) {
  answer.addEventListener("toggle", () => {
    const fields = answer.previousElementSibling.querySelectorAll("input");
    const given = [...fields].filter((field) => field.type === "text" || field.checked);
    const words = given.map((field) => field.value.trim()).filter(Boolean).join(", ");
    const said = answer.querySelector(".said");
    said.textContent = words ? `You said: ${words}.` : "";
    said.hidden = !words;
  });
}
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("article details")) fold.open = true;
});
// What scrolls sideways can be reached, and moved, by keyboard.
const wide = "article pre, article .formula-block, article .cell_output, article table, .table-wrapper";
function reach() {
  for (const box of document.querySelectorAll(wide)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
reach();
addEventListener("resize", reach);
addEventListener("toggle", reach, true);
