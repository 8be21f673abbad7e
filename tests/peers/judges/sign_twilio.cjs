// Prints the signature that Twilio's own library makes: sign_twilio.cjs TOKEN URL '{"Param":"value"}'
const { getExpectedTwilioSignature } = require("twilio/lib/webhooks/webhooks");
const [token, url, params] = process.argv.slice(2);
console.log(getExpectedTwilioSignature(token, url, JSON.parse(params)));
