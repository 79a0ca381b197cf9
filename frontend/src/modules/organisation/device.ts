const browsers: [RegExp, string][] = [[/MicroMessenger/, '微信'], [/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]
const systems: [RegExp, string][] = [[/HarmonyOS|OpenHarmony/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']]
const nameIn = (table: [RegExp, string][], text: string): string | undefined => table.find(([mark]) => mark.test(text))?.[1]

/** `Chrome · Windows`: a device as its owner would know it; empty when the agent says nothing we know. */
export const deviceName = (agent = ''): string => [nameIn(browsers, agent), nameIn(systems, agent)].filter(Boolean).join(' · ')
