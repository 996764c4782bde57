// @ts-check
/** The console's words about reviews, in English and Chinese. */

/** @type {Record<string, Record<string, string>>} */
export const REVIEWS_TEXTS = {
  en: {
    title: "Reviews", hint: "What reviewers praise and what they complain of, in numbers and in their words. Nothing that is opened here is kept.",
    open: "Open a table of reviews", own: "The shop's own", file_of: "From {name}", own_of: "From the shop's own files", reading: "The reviews are being read. This takes a few seconds for each hundred…", none: "No reviews yet", none_hint: "Put a table of reviews (reviews.csv) among the shop's files, or open one here: CSV with a column of what was written, and product, rating and date where there are any.",
    not_ready: "The shop's own reviews are still being read, or there are none.", again: "Look again", fault: "This file could not be read: {why}", large: "it has more than {n} MB",
    reviews: "Reviews", praise: "Praise", mixed: "Mixed", complaint: "Complaint", wordless: "Without words", stars: "Stars", favour: "In favour", of_all: "{share} of all", products_n: "{n} products", disagree: "{n} where stars and words disagree", no_stars: "no stars given",
    weeks: "Week by week", weeks_hint: "Bars: reviews of each week, praise and complaint. Line: share in favour over the last eight weeks.", week: "Week from", numbers: "The numbers as a table", aspects: "By aspect", aspects_hint: "A review counts once for an aspect. Choose one to see who says so.", aspect: "Aspect", found: "found here",
    says: "In so many words", says_one: "{n} says {what}", says_other: "{n} say {what}", by_product: "By product", product: "Product", praised: "Praised", blamed: "Blamed", all_products: "All products", all_labels: "All verdicts", all_aspects: "All aspects", filter: "Show", verdict: "Verdict",
    quotes: "In their words", quotes_hint: "Marked are the words that decided. Names, addresses and numbers of people are blacked out.", quotes_none: "No review matches what you chose.", sure: "{share} sure", out_of: "{n} of 5 stars", chart_of: "Chart: {what}. The same numbers are in the table below it.", notes: "What had to be repaired", show_all: "Show all {n} products", more: "and {n} more products", comma: ", ", decided_praise: "speaks for praise", decided_blame: "speaks for complaint",
  },
  zh: {
    title: "评价", hint: "买家称赞什么、抱怨什么：有数字，也有原话。在这里打开的文件不会保存。",
    open: "打开评价表格", own: "本店评价", file_of: "来自 {name}", own_of: "来自店铺自己的文件", reading: "正在阅读评价，每一百条需要几秒钟…", none: "还没有评价", none_hint: "把评价表格（reviews.csv）放进店铺的文件夹，或在这里打开一个：CSV 格式，须有评价内容一栏，商品、评分和日期可有可无。",
    not_ready: "店铺自己的评价还在阅读中，或者没有评价。", again: "再看一次", fault: "无法读取这个文件：{why}", large: "超过 {n} MB",
    reviews: "评价数", praise: "称赞", mixed: "褒贬参半", complaint: "不满", wordless: "没有文字", stars: "评分", favour: "好评度", of_all: "占全部 {share}", products_n: "{n} 件商品", disagree: "{n} 条评分与文字不一致", no_stars: "没有评分",
    weeks: "逐周变化", weeks_hint: "柱形：每周的称赞与不满条数。折线：最近八周的好评度。", week: "起始日", numbers: "以表格显示数字", aspects: "按方面", aspects_hint: "一条评价在一个方面只计一次。点选一个方面查看原话。", aspect: "方面", found: "此处发现",
    says: "原话统计", says_one: "{n} 条说{what}", says_other: "{n} 条说{what}", by_product: "按商品", product: "商品", praised: "称赞", blamed: "抱怨", all_products: "全部商品", all_labels: "全部结论", all_aspects: "全部方面", filter: "显示", verdict: "结论",
    quotes: "买家原话", quotes_hint: "标出的是起决定作用的词。姓名、地址和号码已涂黑。", quotes_none: "没有符合所选条件的评价。", sure: "把握 {share}", out_of: "{n} 星（满分 5 星）", chart_of: "图表：{what}。下方表格有相同的数字。", notes: "已修复的问题", show_all: "显示全部 {n} 件商品", more: "另有 {n} 件商品", comma: "、", decided_praise: "表示称赞", decided_blame: "表示不满",
  },
};
