// @ts-check
/** Every word of the page for copy, in English and Chinese. */

/** @type {Record<string, Record<string, string>>} */
export const COPY_TEXTS = {
  en: {
    title: "Write copy", hint: "Every claim comes from a field of the row. What the row does not state is struck.", tabs: "What to write", tab_one: "One product", tab_file: "A file", tab_marketing: "Marketing",
    name: "Product name", brand: "Brand", category: "Category", image: "Picture’s address", description: "Description it has", attributes: "Attributes, one a line", attributes_hint: "Material: linen", catalogue: "Or a product of the shop: its id", catalogue_hint: "Empty, if you type it yourself",
    tone: "Tone", tone_plain: "Plain", tone_friendly: "Friendly", tone_playful: "Playful", tone_elegant: "Elegant", length: "Length", length_short: "Short", length_medium: "Medium", length_long: "Long",
    language: "Language", language_own: "The product’s own", variants: "Variants", keywords: "Keywords", keywords_hint: "separated by commas", price: "Tell the price", overwrite: "Also where there is a description", write: "Write", stop: "Stop", again: "Other words",
    waiting: "The text appears here, sentence by sentence, each with the field it comes from.", writing: "Writing…", done: "Written", variant: "Variant {n}", best: "best", grounding: "{n} % grounded", told: "{n} % of the facts told", different: "{n} % unlike the others",
    by_model: "model", by_code: "program", by_shop: "shop’s own words", from: "from", no_claim: "claims nothing", struck: "Struck: {words}", struck_one: "{n} sentence struck", struck_other: "{n} sentences struck", left_keywords: "Left out, because the row does not state them: {words}", left_fields: "Not used: {words}",
    accept: "Accept", edit: "Edit", cancel: "Cancel", save: "Accept this text", your_name: "Your name", accepted: "Accepted. The model can learn from it.", accepted_doubt: "Accepted. The row does not state: {words}.", copy: "Copy", copied: "Copied", edit_label: "The text as it shall be", need_name: "Please give your name.",
    file: "Catalogue", file_hint: "CSV, Shopify, WooCommerce or Google export, JSON or XML feed, up to 8 MB", paste: "Or paste rows here", paste_hint: "name,image,price", file_none: "Choose a file or paste rows.", file_done: "{written} of {all} products written", file_kept: "{n} have a description and were kept", file_failed: "{n} could not be described:", line: "line {n}", download: "Download {name}", file_wait: "The file is being written. This takes a while for many rows.",
    theme: "Theme", theme_hint: "Mid-autumn sale", channels: "Channels", email: "E-mail", banner: "Banner", social: "Social post", products: "Products", products_hint: "Ids; chosen by theme when empty", headline: "Headline", body: "Text", call: "Button", of: "{n} of {limit} {unit}", unit_characters: "characters", unit_width: "places", unit_weight: "points", with: "With: {names}", copy_all: "Copy all",
    need_name_product: "Give a name or an id.", need_theme: "Give a theme.", fault: "This could not be written: {why}", field_theme: "theme", field_keywords: "keywords", facts: "What the row states", sum_file: "Result",
  },
  zh: {
    title: "撰写文案", hint: "每个说法都来自商品的某个字段，没有依据的说法会被删去。", tabs: "写什么", tab_one: "单个商品", tab_file: "整份文件", tab_marketing: "营销文案",
    name: "商品名称", brand: "品牌", category: "分类", image: "图片地址", description: "已有描述", attributes: "属性，每行一项", attributes_hint: "材质：亚麻", catalogue: "或店内商品编号", catalogue_hint: "自行填写时留空",
    tone: "语气", tone_plain: "平实", tone_friendly: "亲切", tone_playful: "活泼", tone_elegant: "典雅", length: "篇幅", length_short: "短", length_medium: "中", length_long: "长",
    language: "语言", language_own: "商品自身的语言", variants: "版本数", keywords: "关键词", keywords_hint: "用逗号分隔", price: "写出价格", overwrite: "已有描述的也重写", write: "开始写", stop: "停止", again: "换个说法",
    waiting: "文案会逐句显示在这里，每句附上依据的字段。", writing: "正在写…", done: "已写好", variant: "版本 {n}", best: "最佳", grounding: "依据 {n}%", told: "写到 {n}% 的信息", different: "与其他版本差异 {n}%",
    by_model: "模型", by_code: "程序", by_shop: "店铺原文", from: "依据", no_claim: "不作陈述", struck: "已删去：{words}", struck_one: "删去 {n} 句", struck_other: "删去 {n} 句", left_keywords: "商品信息中没有依据，未写入：{words}", left_fields: "未采用：{words}",
    accept: "采用", edit: "修改", cancel: "取消", save: "采用此文案", your_name: "您的姓名", accepted: "已采用，模型可以从中学习。", accepted_doubt: "已采用。商品信息中没有：{words}。", copy: "复制", copied: "已复制", edit_label: "最终文案", need_name: "请填写您的姓名。",
    file: "商品文件", file_hint: "CSV、Shopify、WooCommerce 或 Google 导出文件、JSON 或 XML，最大 8 MB", paste: "或在此粘贴表格", paste_hint: "名称,图片,价格", file_none: "请选择文件或粘贴表格。", file_done: "共 {all} 件商品，已写 {written} 件", file_kept: "{n} 件已有描述，保持不变", file_failed: "{n} 件未能撰写：", line: "第 {n} 行", download: "下载 {name}", file_wait: "正在写入文件，行数多时需要一些时间。",
    theme: "主题", theme_hint: "中秋特卖", channels: "渠道", email: "邮件", banner: "横幅", social: "社交帖文", products: "商品", products_hint: "商品编号，留空则按主题挑选", headline: "标题", body: "正文", call: "按钮", of: "{n} / {limit} {unit}", unit_characters: "字符", unit_width: "宽度", unit_weight: "点", with: "商品：{names}", copy_all: "全部复制",
    need_name_product: "请填写名称或商品编号。", need_theme: "请填写主题。", fault: "未能写出：{why}", field_theme: "主题", field_keywords: "关键词", facts: "商品信息", sum_file: "结果",
  },
};
