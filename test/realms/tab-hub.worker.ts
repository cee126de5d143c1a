// The shared worker of test/realms/tab.page.ts: the tabs' one actor lives here.
import { serve, sharedWorkerListener } from "../../platform/worker/realms.js";
import { counterOf } from "./tab-counter.js";

serve([counterOf("hub", [])], { on: sharedWorkerListener() });
