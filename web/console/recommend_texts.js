// @ts-check
/** The console's words about recommendations, in English and Chinese. */

/** @type {Record<string, Record<string, string>>} */
export const RECOMMEND_TEXTS = {
  en: {
    title: "Recommendations", hint: "Put together what a shopper has, and see what is recommended and why.", product: "Looking at", history: "Bought before", cart: "In the cart", interests: "Likes, in words", interests_hint: "such as: something for the rain",
    pick: "Type a product's name or id", remove: "Remove {title}", want: "What is wanted", want_any: "Anything that fits", want_goes_with: "What goes with it", want_similar: "What is like it",
    rules: "Rules", pins: "Pinned products first", blocks: "Leave out what is blocked", stock: "Only what is in stock", diversity: "Variety", run: "Show recommendations", limit: "How many",
    none: "Nothing to recommend", none_hint: "No product that is in stock and not blocked comes into question.", unknown: "Not in the shop: {names}", found_one: "{n} product", found_other: "{n} products", sold_out: "Sold out", from: "from", weighs: "What speaks for it",
    s_together: "bought together", s_content: "like it in words and meaning", s_kind: "same kind or brand", s_popular: "popular", s_again: "bought again", s_pair: "paired by the shop", s_interests: "the shopper's words", by_rule: "shown first because it is pinned",
    learned: "Learned from {orders} orders of {shoppers} shoppers.", nothing_learned: "No orders were learned from yet: the catalogue alone speaks. Run “chatbot recommend fit”.", held: "On held-out orders: NDCG@10 {own}, what sells most {popular}.", ruled: "In use is a plain rule: {rule}.", rule_popular: "what sells most", rule_favourites: "the shopper's favourites", rule_sum: "the plain sum of the signals",
    rules_title: "Pinned, blocked and paired products", rules_hint: "This is recommend.toml in the content folder. It counts as soon as it is saved.", save: "Save", saved: "Saved: {pinned} pinned, {blocked} blocked, {pairs} paired.", rules_example: "pin = [\"an-id\"]\nblock = [\"an-id\"]\n\n[[pair]]\nproduct = \"an-id\"\nwith = [\"another-id\"]", fault: "This could not be done: {why}",
  },
  zh: {
    title: "商品推荐", hint: "组合顾客的情况，查看推荐的商品和原因。", product: "正在浏览", history: "以前买过", cart: "购物车里", interests: "喜好（文字）", interests_hint: "例如：适合下雨天的",
    pick: "输入商品名称或编号", remove: "移除{title}", want: "想要哪种推荐", want_any: "合适的都可以", want_goes_with: "搭配的商品", want_similar: "类似的商品",
    rules: "规则", pins: "置顶商品排在前面", blocks: "排除已屏蔽的商品", stock: "只推荐有货的商品", diversity: "多样性", run: "查看推荐", limit: "数量",
    none: "没有可推荐的商品", none_hint: "没有符合条件、有货且未被屏蔽的商品。", unknown: "店铺里没有：{names}", found_one: "{n} 件商品", found_other: "{n} 件商品", sold_out: "已售罄", from: "起价", weighs: "推荐依据",
    s_together: "一起购买", s_content: "文字和含义相近", s_kind: "同类或同品牌", s_popular: "热销", s_again: "会再次购买", s_pair: "店铺搭配", s_interests: "符合顾客的描述", by_rule: "已置顶，所以排在前面",
    learned: "已从 {shoppers} 位顾客的 {orders} 个订单中学习。", nothing_learned: "还没有学习订单，目前只依据商品资料。请运行 chatbot recommend fit。", held: "留出订单上的 NDCG@10：{own}，按热销推荐：{popular}。", ruled: "当前使用简单规则：{rule}。", rule_popular: "按热销排序", rule_favourites: "按顾客自己的常购商品排序", rule_sum: "各信号直接相加",
    rules_title: "置顶、屏蔽和搭配", rules_hint: "这是内容文件夹里的 recommend.toml，保存后立即生效。", save: "保存", saved: "已保存：置顶 {pinned} 件，屏蔽 {blocked} 件，搭配 {pairs} 组。", rules_example: "pin = [\"商品编号\"]\nblock = [\"商品编号\"]\n\n[[pair]]\nproduct = \"商品编号\"\nwith = [\"另一个商品编号\"]", fault: "未能完成：{why}",
  },
};
