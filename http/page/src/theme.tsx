/** Light, dark, or as the system has it; kept in this browser. */
import { useState } from "preact/hooks";

const names = ["system", "light", "dark"] as const;
type Name = (typeof names)[number];

function kept(): Name {
  try {
    const found = localStorage.getItem("postrider-theme");
    return names.find((one) => one === found) ?? "system";
  } catch {
    return "system";
  }
}

function apply(name: Name): void {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}
apply(kept());

export function Theme() {
  const [name, set] = useState(kept);
  return (
    <select
      aria-label="Colours"
      value={name}
      onChange={(event) => {
        const next = names.find((one) => one === event.currentTarget.value) ?? "system";
        set(next);
        apply(next);
        try {
          localStorage.setItem("postrider-theme", next);
        } catch {
          // The choice lasts as long as the page then.
        }
      }}
    >
      <option value="system">As the system</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
