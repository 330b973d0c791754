// The times that a rule would mean go as it is changed: they are another rule's.
document.addEventListener("input", (event) => {
  if (event.target.form?.id === "when") document.getElementById("next-times").replaceChildren();
});
