"""Words of praise and of complaint that hold in any trade, in English and Chinese, written for this program.

They are what the trained head knows of words that its training reviews do not use: from them come features (`ngrams`) and made sentences
(`made_sentences`). A word that one trade praises and another blames ("thin", "cold", "long") is not here.
"""

from __future__ import annotations

PRAISE_EN = frozenset(
    """
    accurate adorable affordable amazing appealing appreciate appreciated approachable attentive authentic awesome beautiful beautifully best
    better bargain blessing bliss brilliant bright charming cheerful classy clean clever comfortable comfy commendable compliment compliments
    convenient cool cosy courteous cozy crisp cute dazzling delicious delight delighted delightful dependable deserves durable easily easy
    efficient effortless elegant enjoy enjoyable enjoyed enjoying excellent exceeded exceptional exceptionally excited exciting exquisite
    fabulous fair fantastic fast faultless favorite favourite fine first-class flattering flavorful flawless flawlessly fresh friendly fun
    generous gem genuine glad glorious good gorgeous graceful grateful great greatest handy happier happiest happily happy heavenly helpful
    honest hospitable ideal immaculate impeccable impress impressed impressive incredible incredibly inexpensive innovative inviting joy
    juicy kind knowledgeable lasting lifesaver like liked likes love loved lovely loves loving lucky luxurious magnificent marvellous
    marvelous masterpiece neat nice nicely nicest outstanding perfect perfection perfectly phenomenal phenomenally pleasant pleasantly
    pleased pleasing pleasure plus polite positive powerful practical pretty priceless professional prompt promptly pros proud quick quickly
    quiet reasonable reasonably recommend recommended recommending refreshing reliable remarkable responsive rich right robust satisfied
    satisfying satisfaction sharp simple sleek smart smooth smoothly soft solid sophisticated spectacular spotless stellar strong stunning
    stylish sturdy super superb superior supportive swift tasty tender terrific thank thankful thanks thoughtful thrilled tidy top treat
    trusted trustworthy unbeatable unique useful value versatile warm welcoming well well-made win winner wonderful wonderfully works worth
    worthwhile worthy wow yummy yum
    """.split()
)
BLAME_EN = frozenset(
    """
    abysmal angry annoyed annoying annoyance appalling arrogant ashamed atrocious avoid avoided awful awfully awkward bad badly beware
    bitter bland blunder bored boring bother bothered broke broken breaks bug buggy bugs burnt careless cheaply cheated clumsy complain
    complained complaint complaints confused confusing corroded costly cracked cramped crap crappy crash crashed crashes crooked crude
    damage damaged dead deceived deceptive defect defective defects deplorable despicable died dies difficult dirty disappoint disappointed
    disappointing disappointment disappointments disaster disgrace disgraceful disgust disgusted disgusting dishonest dislike disliked dismal
    disrespectful dissatisfied downside dreadful drawback dull dump embarrassed embarrassing error errors excuse excuses expired fail failed
    failing fails failure fake fault faulty filthy flaw flawed flaws flimsy forgot fraud freezes frozen frustrated frustrating frustration
    garbage gimmick greasy gross hard hassle hate hated hates hideous horrendous horrible horribly horrid horrific ignored ignorant ill
    impossible inaccurate inadequate incompetent inconvenient incorrect inedible inefficient inexcusable inferior insult insulted insulting
    irritated irritating issue issues itchy jammed joke junk lack lacked lacking lacks lame late lazy leak leaked leaking leaks letdown lie
    lied lies lost lousy mediocre mess messy misleading missing mistake mistakes moldy mouldy mushy nasty negative neglected nightmare noisy
    nonsense obnoxious offended outdated outrageous overcooked overcharged overhyped overpriced overrated pain painful pathetic peeled peeling
    petty pity poor poorly pointless pricey problem problems punctured rancid refund refused regret regretted returned returning ridiculous
    rip ripped rip-off rotten rough rubbish rude ruin ruined rust rusted rusty sad sadly scam scratched scratches scratchy shabby shame
    shameful shoddy sick slow slower slowly sloppy smelly smells soggy sorry spoiled stained stale stank sticky stingy stink stinks stolen
    struggle stuck stupid sucked sucks tasteless tacky tear tedious terrible terribly threw tiresome torn trash trouble troubles ugly
    unacceptable unappealing unbearable unclear uncomfortable undercooked underwhelmed underwhelming uneven unfair unfortunate unfortunately
    unfriendly unhappy unhelpful uninspired unpleasant unprofessional unreliable unresponsive unsatisfactory unsatisfied unusable unwelcome
    upset upsetting useless vomit warped waste wasted weak weird worn worse worst worthless wrong yuck
    """.split()
)
PRAISE_ZH = tuple(
    """
    好用 好看 好吃 好喝 好听 好评 很好 真好 太好 最好 更好 极好 挺好 不错 满意 喜欢 喜爱 最爱 超赞 点赞 赞 推荐 值得 超值 物超所值 划算 实惠 性价比高
    便宜 优惠 优秀 优质 完美 完好 精致 精美 精彩 精品 漂亮 美观 美丽 美味 可爱 大方 时尚 高档 上档次 舒服 舒适 柔软 顺滑 亲肤 透气 轻便 方便 便捷
    实用 耐用 结实 牢固 扎实 厚实 稳定 可靠 流畅 清晰 清楚 灵敏 安静 干净 整洁 卫生 新鲜 香甜 甜 可口 爽 快捷 神速 迅速 很快 及时 准时 热情 周到
    耐心 细心 贴心 用心 负责 专业 友好 亲切 礼貌 放心 信赖 正品 真货 惊喜 惊艳 开心 高兴 愉快 感谢 感动 感人 谢谢 合适 合身 刚好 正好 显瘦 百搭
    保暖 暖和 强大 给力 靠谱 一流 出色 良好 棒 杠杠 回购 再来 还会买 下次还 继续支持 支持 有用 有效 受益 深刻 经典 生动 有趣 五星 没得说 无可挑剔
    没有异味 没有色差 没问题 不掉色 不起球 不后悔 爱不释手 物美价廉 名不虚传 不虚此行
    """.split()
)
BLAME_ZH = tuple(
    """
    差劲 太差 很差 极差 真差 最差 差评 差 糟糕 糟 垃圾 失望 后悔 上当 受骗 骗人 骗子 欺骗 坑人 坑爹 坑 假货 假的 山寨 次品 劣质 粗糙 做工差 难看 难吃
    难喝 难闻 难用 难受 丑 恶心 讨厌 反感 生气 气愤 愤怒 气死 无语 郁闷 烦 麻烦 投诉 退货 退款 退掉 不好 不好用 不好看 不好吃 不行 不满 不满意 不喜欢
    不推荐 不建议 不值 不值得 不划算 不如 不符 不清楚 不清晰 不舒服 不合适 不合身 不稳定 不新鲜 不耐用 不结实 不敢 不理 不给 不发货 不会再 再也不
    别买 不要买 千万别 慎重 谨慎 小心 贵 太贵 偏贵 坏了 坏的 坏 破损 破了 破 烂 裂 断了 断 漏 掉色 褪色 起球 缩水 变形 开线 脱线 生锈 发霉 过期 变质
    异味 臭 刺鼻 色差 划痕 瑕疵 毛病 问题 缺陷 故障 死机 卡顿 卡 慢 太慢 很慢 迟 拖延 吵 噪音 脏 冷淡 恶劣 敷衍 推卸 傲慢 不耐烦 态度差 扎 硬 勒
    浪费 没用 无用 失败 无聊 枯燥 乏味 空洞 肤浅 牵强 错误 漏发 少发 发错 没收到 打不开 用不了 不能用 没反应 一星 扔了 将就 凑合 一般 勉强
    """.split()
)
NEGATION_EN = frozenset("not no never without hardly barely neither nor cannot nothing nobody none lacks lacking isn't".split())
INTENSE_EN = frozenset("very really so extremely absolutely totally super incredibly truly highly too way completely utterly".split())
CONTRAST = frozenset("but however although though except unfortunately yet 但 但是 不过 可是 然而 就是 只是 可惜".split())
