// @ts-check
/** Every word of the shop's pages that the shop itself did not write, in English and Chinese. */

/** @type {Record<string, Record<string, string>>} */
export const TEXTS = {
  en: {
    skip: "Skip to content", search: "Search products", search_go: "Search", cart: "Cart", cart_one: "Cart, {n} item", cart_other: "Cart, {n} items",
    language: "Language", home: "Home", browse: "Browse the shop", ask: "Ask a question", welcome: "Welcome to {name}", welcome_bare: "Welcome",
    tally_one: "{n} product", tally_other: "{n} products", in_categories: "in {n} categories",
    all: "All", everything: "All products", categories: "Categories", within: "Within {name}", results: 'Results for "{q}"', sort: "Sort by",
    order_featured: "Featured", order_price_up: "Price, low to high", order_price_down: "Price, high to low", order_name_up: "Name", order_sale_first: "On sale first",
    more: "Show more", showing: "Showing {n} of {total}", none: "Nothing matches that", none_hint: "Try fewer or other words, or look through everything.", clear: "Show everything",
    empty: "The shop is being set up", empty_hint: "There are no products here yet.",
    fault: "This could not be loaded", fault_hint: "The shop did not answer. Check your connection and try again.", retry: "Try again",
    from: "From", was: "Before", now: "Now", sale: "Sale", sold_out: "Sold out", in_stock: "In stock", few_one: "Only {n} left", few_other: "Only {n} left",
    stock_preorder: "Pre-order", stock_backorder: "On back-order, sent when it arrives", price_open: "Price on request",
    quantity: "Quantity", less: "Fewer", greater: "More", add: "Add to cart", added: "{title} is in your cart", view_cart: "View cart", ask_this: "Ask about this product",
    not_offered: "not available with this choice", description: "Description", details: "Details", goes_with: "Goes well with", similar: "Similar products", picture_of: "Picture {n} of {title}", pictures: "Pictures",
    sku: "Article number", gone: "This product is not here", gone_hint: "It may have been sold or renamed.", to_shop: "Back to the shop", save: "Save {percent}%",
    cart_title: "Your cart", cart_empty: "Your cart is empty", cart_empty_hint: "Things you add are kept on this device.", remove_it: "Remove {title}", removed: "{title} was removed", undo: "Put back",
    each: "{price} each", total: "Total", items: "Items", demo: "Checkout is not part of this demonstration. No order is placed and nothing is paid.",
    line_out: "Sold out: not counted in the total", line_gone: "No longer in the shop", only: "Only {n} in stock", continue: "Continue shopping", delivery_note: "Delivery is not included.",
    contact: "Contact", built: "Prices and stock come from the shop's own record.",
  },
  zh: {
    skip: "跳到主要内容", search: "搜索商品", search_go: "搜索", cart: "购物车", cart_one: "购物车，{n} 件商品", cart_other: "购物车，{n} 件商品",
    language: "语言", home: "首页", browse: "浏览全部商品", ask: "咨询客服", welcome: "{name}，欢迎光临", welcome_bare: "欢迎光临",
    tally_one: "{n} 件商品", tally_other: "{n} 件商品", in_categories: "{n} 个分类",
    all: "全部", everything: "全部商品", categories: "商品分类", within: "{name}的分类", results: "“{q}”的搜索结果", sort: "排序",
    order_featured: "推荐", order_price_up: "价格从低到高", order_price_down: "价格从高到低", order_name_up: "名称", order_sale_first: "特价优先",
    more: "显示更多", showing: "已显示 {n} / {total}", none: "没有找到相关商品", none_hint: "换个词试试，或者浏览全部商品。", clear: "查看全部",
    empty: "店铺正在筹备中", empty_hint: "这里还没有商品。",
    fault: "页面未能加载", fault_hint: "店铺暂时没有响应，请检查网络后重试。", retry: "重试",
    from: "起价", was: "原价", now: "现价", sale: "特价", sold_out: "已售罄", in_stock: "有货", few_one: "仅剩 {n} 件", few_other: "仅剩 {n} 件",
    stock_preorder: "可预订", stock_backorder: "暂时缺货，到货后发出", price_open: "价格请咨询客服",
    quantity: "数量", less: "减少", greater: "增加", add: "加入购物车", added: "{title} 已加入购物车", view_cart: "查看购物车", ask_this: "咨询这件商品",
    not_offered: "与当前选择不能组合", description: "商品介绍", details: "规格参数", goes_with: "搭配推荐", similar: "类似商品", picture_of: "{title} 图片 {n}", pictures: "图片",
    sku: "货号", gone: "没有找到这件商品", gone_hint: "它可能已经下架或改了名称。", to_shop: "返回店铺", save: "省 {percent}%",
    cart_title: "购物车", cart_empty: "购物车是空的", cart_empty_hint: "您加入的商品保存在本设备上。", remove_it: "移除 {title}", removed: "{title} 已移除", undo: "撤销",
    each: "单价 {price}", total: "合计", items: "件数", demo: "本演示不包含结算：不会产生订单，也不会扣款。",
    line_out: "已售罄，不计入合计", line_gone: "该商品已下架", only: "库存仅 {n} 件", continue: "继续购物", delivery_note: "不含配送费。",
    contact: "联系方式", built: "价格与库存均来自店铺自己的记录。",
  },
};
