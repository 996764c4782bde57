// @ts-check
/** The console's words about corrected replies, in English and Chinese. */

/** @type {Record<string, Record<string, string>>} */
export const CORRECT_TEXTS = {
  en: {
    correct: "Correct", should: "What it should have said", hint: "The shopper's conversation stays as it is. The correction is kept for fine-tuning the model.", name: "Your name", save: "Save", cancel: "Cancel",
    corrected: "Corrected", by: "by {who}, {when}", change: "Change", undo: "Undo", saved: "The correction is saved.", undone: "The correction is gone.",
    same: "Change the text before you save it.", missing: "Write what it should have said, and your name.", ended: "You were logged out. Log in in another tab, then save again.", fault: "This could not be saved: {why}",
    unsupported: "The model will not learn from this: the shop's content does not state {figures}. Add it there, then change the correction and save it again.", unfounded: "The model will not learn from this: the shop's content says nothing about the question. Add it there, then change the correction and save it again.",
    title: "Corrected replies", none: "None yet. In a conversation, choose “Correct” under a reply that was wrong.", count_one: "{n} reply was corrected.", count_other: "{n} replies were corrected.", purpose: "“chatbot finetune --corrections” learns from them.",
    download: "Download as training data", left_out: "The model will not learn from these, because the shop's content does not say so:",
  },
  zh: {
    correct: "更正", should: "应当怎样回复", hint: "顾客的对话保持不变。更正只用于以后微调模型。", name: "您的名字", save: "保存", cancel: "取消",
    corrected: "已更正", by: "{who}，{when}", change: "修改", undo: "撤销", saved: "更正已保存。", undone: "更正已撤销。",
    same: "请先修改内容再保存。", missing: "请填写应当怎样回复，以及您的名字。", ended: "登录已失效。请在另一个标签页登录后再保存。", fault: "未能保存：{why}",
    unsupported: "模型不会学习这条更正：店铺内容里没有 {figures}。请先补充到店铺内容，再修改并保存更正。", unfounded: "模型不会学习这条更正：店铺内容没有提到这个问题。请先补充到店铺内容，再修改并保存更正。",
    title: "更正过的回复", none: "还没有。在对话记录中，可以在有误的回复下选择“更正”。", count_one: "已更正 {n} 条回复。", count_other: "已更正 {n} 条回复。", purpose: "运行 chatbot finetune --corrections 时会学习这些内容。",
    download: "下载为训练数据", left_out: "店铺内容没有依据，模型不会学习以下更正：",
  },
};
