/** The wall in a window of its own, on the second monitor where the browser can tell which that is. */

interface ScreenLike {
  availLeft: number;
  availTop: number;
  availWidth: number;
  availHeight: number;
  isPrimary?: boolean;
}

interface ManyScreens extends Window {
  getScreenDetails?: () => Promise<{ screens: ScreenLike[]; currentScreen: ScreenLike }>;
}

export async function openWallWindow(): Promise<void> {
  const other = await otherScreen();
  const place = other
    ? `left=${other.availLeft},top=${other.availTop},width=${other.availWidth},height=${other.availHeight}`
    : `width=${screen.availWidth},height=${screen.availHeight}`;
  window.open(`${location.pathname}#/wall`, "sereno-wall", `popup,${place}`)?.focus();
}

async function otherScreen(): Promise<ScreenLike | null> {
  const many = window as ManyScreens;
  if (!many.getScreenDetails) return null;
  try {
    const { screens, currentScreen } = await many.getScreenDetails();
    return screens.find((one) => one !== currentScreen) ?? null;
  } catch {
    return null; // the person said no: a plain window will do
  }
}
