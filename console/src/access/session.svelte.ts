/** Who sits here: the person, what they may do, and the site they work for. */

import { get, post, remove, whenSignedOut } from "../state/api.ts";
import { centre } from "../state/centre.svelte.ts";
import { language } from "../i18n/index.svelte.ts";

export interface Session {
  person: { id: string; name: string; role: string };
  permissions: string[];
  site: { name: string; timezone: string; language: string; media_port: number; simulated: boolean };
}

class SessionStore {
  current = $state.raw<Session | null>(null);
  /** True when a session ended while work was on the screen: the desk stays behind the sign-in. */
  expired = $state(false);
  asked = $state(false);

  constructor() {
    whenSignedOut(() => {
      if (this.current) this.expired = true;
    });
  }

  /** Takes up the session of the cookie, if there is one. */
  async resume(): Promise<void> {
    try {
      this.#begin(await get<Session>("/session"));
    } catch {
      this.current = null;
    }
    this.asked = true;
  }

  async signIn(name: string, password: string): Promise<void> {
    this.#begin(await post<Session>("/session", { name, password }));
  }

  async firstRun(token: string, name: string, password: string): Promise<void> {
    this.#begin(await post<Session>("/first-run", { token, name, password }));
  }

  async signOut(): Promise<void> {
    await remove("/session");
    centre.stop();
    this.current = null;
    this.expired = false;
  }

  may(permission: string): boolean {
    return this.current?.permissions.includes(permission) ?? false;
  }

  #begin(session: Session): void {
    this.current = session;
    this.expired = false;
    language.adopt(session.site.language);
    centre.start();
  }
}

export const session = new SessionStore();
