/** The search, with its words explained while somebody types. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useKeys } from "../hooks";
import { qualifiers } from "../search";

export function SearchBox({ text, onSearch }: { text: string; onSearch: (q: string) => void }) {
  const [typed, setTyped] = useState(text);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(text), [text]);
  useKeys({ "/": () => box.current?.select() });
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        box.current?.blur();
        onSearch(typed.trim());
      }}
    >
      <input
        ref={box}
        type="search"
        value={typed}
        aria-label="Search"
        aria-describedby="qualifiers"
        placeholder="Recipient, user, id or reference…   press /"
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          // The first Escape empties the box, as browsers do; the next one leaves it.
          if (event.key === "Escape" && event.currentTarget.value === "") box.current?.blur();
        }}
      />
      <button>Search</button>
      <p id="qualifiers" class="hints dim">
        {qualifiers.map(([name, example]) => (
          <span key={name}><code>{name}</code> {example}</span>
        ))}
      </p>
    </form>
  );
}
