import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

export interface SignInProps {
  /** What the server said. */
  readonly reason: string;
  readonly onSecret: (secret: string) => void;
}

export function SignIn({ reason, onSecret }: SignInProps): JSX.Element {
  const [secret, setSecret] = useState('');
  return (
    <form
      class="card sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        onSecret(secret.trim());
      }}
    >
      <h1>Operators</h1>
      <p>This view needs an API key or token with the permission for operators.</p>
      <p class="muted" role="alert">
        {reason}
      </p>
      <label class="field">
        API key or token
        <input
          type="password"
          autocomplete="off"
          required
          value={secret}
          onInput={(event) => setSecret(event.currentTarget.value)}
        />
        <small>Stays in this page and is forgotten when it is closed.</small>
      </label>
      <div class="buttons">
        <button type="submit" class="primary">
          Show streams
        </button>
      </div>
    </form>
  );
}
