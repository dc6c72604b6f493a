// "Add" beside a field for a Secret text offers that kind first, not the one that Jenkins happens to list first.
(function () {
  const KIND = "org.jenkinsci.plugins.plaincredentials.impl.StringCredentialsImpl";
  let wanted = false;

  // The menu below "Add" is no part of the field, so what was pressed before it counts.
  document.addEventListener(
    "click",
    (event) => {
      const field = event.target.closest(".credentials-select-control");
      if (field) {
        wanted = field.querySelector("select.jirasend-secret-text") !== null;
      }
    },
    true,
  );

  function choose(form) {
    const list = form.querySelector("select.dropdownList");
    const kinds = Array.from(form.querySelectorAll(".dropdownList-container input[name='stapler-class']"));
    const place = kinds.findIndex((kind) => kind.value === KIND);
    if (list && place >= 0 && kinds.length === list.options.length) {
      list.selectedIndex = place;
      list.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  new MutationObserver(() => {
    const form = document.getElementById("credentials-dialog-form");
    if (wanted && form) {
      wanted = false;
      // after Jenkins has made its dialog of it
      setTimeout(() => choose(form), 0);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
