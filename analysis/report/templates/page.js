for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const label = button.firstChild;
  const name = label.data;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      const range = document.createRange();
      text.closest("details")?.setAttribute("open", "");
      range.selectNodeContents(text);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    label.data = button.dataset.done;
    document.getElementById("status").textContent = button.dataset.done;
    setTimeout(() => { label.data = name; }, 2000);
  });
}
