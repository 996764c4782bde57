// @ts-check
/** Every word the widget says, in English and Chinese. A new language is one more entry with the same keys; a test holds them equal. */

/** @type {Record<string, Record<string, string>>} */
export const TEXTS = {
  en: {
    open: "Chat with us", close: "Close chat", title: "Chat with us", dialog: "Chat with {name}", log: "Conversation",
    assistant: "Automated assistant", waiting: "Waiting for a person", closed: "Conversation closed",
    greeting: "Hello! Ask me about our products, delivery or returns.",
    input: "Your message", placeholder: "Ask a question…", send: "Send", stop: "Stop", you: "You", said: "Assistant",
    searching: "Searching the shop", writing: "Writing", checking: "Checking the facts", sending: "Sending", typing: "{name} is typing",
    in_stock: "In stock", sold_out: "Sold out", was: "Before:", now: "Now:", based: "Based on", products: "Products",
    up: "Helpful", down: "Not helpful", thanks: "Thank you for telling us.",
    person: "Talk to a person", asked: "A person has been asked", again: "Ask again", retry: "Try again", here: "Continue here",
    left_one: "{n} character left", left_other: "{n} characters left", over: "{n} too many", latest: "Latest messages",
    stopped: "Stopped", interrupted: "The answer was interrupted.", cut: "The answer was cut short.",
    offline: "You are offline. What you write is sent when you are back.", reconnecting: "Reconnecting…", back: "Back online",
    busy: "We are busy right now. Please try again in a moment, or ask for a person.",
    fault: "Something went wrong on our side.", refused: "The chat is not available on this page.",
    tabs: "The chat is open in too many tabs.", paused: "The chat paused because of many messages.", unsent: "Not sent.",
    too_long: "This message is too long.", new_one: "1 new message", new_many: "{n} new messages",
    h_waiting: "You asked for a person. Someone from the shop will answer here.", h_called: "A person from the shop will take over here.",
    h_ahead_one: "{n} shopper is ahead of you.", h_ahead_other: "{n} shoppers are ahead of you.",
    h_operator: "{name} joined the conversation.", h_assistant: "The assistant answers again.", h_closed: "The conversation was closed.",
    someone: "A person from the shop", thing: "from the shop",
  },
  zh: {
    open: "在线咨询", close: "关闭对话", title: "在线咨询", dialog: "与{name}对话", log: "对话",
    assistant: "智能客服助手", waiting: "正在等待人工客服", closed: "对话已结束",
    greeting: "您好！关于商品、配送或退换货，都可以问我。",
    input: "您的消息", placeholder: "请输入您的问题…", send: "发送", stop: "停止", you: "您", said: "助手",
    searching: "正在查找店内资料", writing: "正在回复", checking: "正在核对", sending: "发送中", typing: "{name}正在输入",
    in_stock: "有货", sold_out: "已售罄", was: "原价：", now: "现价：", based: "依据", products: "商品",
    up: "有帮助", down: "没有帮助", thanks: "谢谢您的反馈。",
    person: "转人工客服", asked: "已通知人工客服", again: "重新提问", retry: "重试", here: "在此继续",
    left_one: "还可输入 {n} 个字", left_other: "还可输入 {n} 个字", over: "超出 {n} 个字", latest: "最新消息",
    stopped: "已停止", interrupted: "回答被中断了。", cut: "回答未能完整显示。",
    offline: "当前没有网络。恢复后会自动发送您写的内容。", reconnecting: "正在重新连接…", back: "网络已恢复",
    busy: "目前咨询较多，请稍后再试，或转人工客服。",
    fault: "我们这边出了点问题。", refused: "此页面暂时无法使用在线咨询。",
    tabs: "您在太多标签页中打开了对话。", paused: "消息过于频繁，对话已暂停。", unsent: "未发送。",
    too_long: "消息太长了。", new_one: "1 条新消息", new_many: "{n} 条新消息",
    h_waiting: "已为您转接人工客服，店员会在这里回复您。", h_called: "店员将在这里继续为您服务。",
    h_ahead_one: "您前面还有 {n} 位顾客。", h_ahead_other: "您前面还有 {n} 位顾客。",
    h_operator: "{name}已加入对话。", h_assistant: "现在由助手继续为您服务。", h_closed: "对话已结束。",
    someone: "店员", thing: "来自本店",
  },
};

/** The first candidate we speak. @param {(string|null|undefined)[]} candidates BCP 47 tags, the strongest wish first */
export function pickLocale(candidates) {
  for (const tag of candidates) {
    const language = (tag || "").toLowerCase().split(/[-_]/)[0];
    if (TEXTS[language]) return { language, tag: /** @type {string} */ (tag).replace("_", "-") };
  }
  return { language: "en", tag: "en" };
}

/** @param {string} text @param {Record<string, string|number>} [values] */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** @param {number|string|null|undefined} amount @param {string|undefined} currency ISO 4217, or "" where the shop names none @param {string} tag */
export function price(amount, currency, tag) {
  if (amount === null || amount === undefined || amount === "" || Number.isNaN(Number(amount))) return "";
  try {
    return new Intl.NumberFormat(tag, currency ? { style: "currency", currency, currencyDisplay: "narrowSymbol" } : { minimumFractionDigits: 2 }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`; // a currency code that nobody knows
  }
}
