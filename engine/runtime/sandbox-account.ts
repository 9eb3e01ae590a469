/** In which account and region every sandbox is. Apart from the settings, whose readers take longer to load than a control plane to start. */

/** The account of every sandbox. It is nobody's. */
export const sandboxAccount = '000000000000';

/** The region of a sandbox whose stage names none. */
export const sandboxRegion = 'us-east-1';
