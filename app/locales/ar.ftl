# ما يقرؤه الزوار بالعربية.

## إطار كل صفحة

skip = انتقل إلى المحتوى
nav = التنقل الرئيسي
nav-status = الحالة
nav-history = السجل
nav-subscribe = الاشتراك
nav-help = ما هو الخطأ 502؟
foot-feed = خلاصة Atom
foot-causes = أسباب الخطأ 502 (بالإنجليزية)
foot-sign-in = تسجيل الدخول
foot-times = جميع الأوقات بالتوقيت العالمي UTC. المراقبة بواسطة Gatewatch.
feed-title = الحوادث
crumb-status = الحالة
to-status = إلى صفحة الحالة
silent = لا أخبار منذ {"{time}"} UTC

## الحالات والمراحل والتأثير

state-operational = يعمل
state-degraded = أداء متدنٍّ
state-partial-outage = انقطاع جزئي
state-outage = انقطاع
state-maintenance = صيانة
state-unknown = غير معروف
phase-investigating = قيد التحقيق
phase-identified = عُرف السبب
phase-monitoring = قيد المتابعة
phase-resolved = تم الحل
postmortem = مراجعة ما بعد الحادث
impact-none = إشعار
impact-minor = طفيف
impact-major = كبير
impact-critical = حرج
impact = التأثير: { $impact }

## الأعداد والمدد والتواريخ

percent = { $share }%
duration-ms = { $number } م.ث
duration-s = { $number } ث
duration-min = { $number } د
duration-h = { $number } س
duration-d =
    { $number ->
        [one] يوم واحد
        [two] يومان
        [few] { $number } أيام
        [many] { $number } يومًا
       *[other] { $number } يوم
    }
duration-two = { $big } و{ $small }
age-short = أقل من دقيقة
month-long =
    { $month ->
        [1] يناير
        [2] فبراير
        [3] مارس
        [4] أبريل
        [5] مايو
        [6] يونيو
        [7] يوليو
        [8] أغسطس
        [9] سبتمبر
        [10] أكتوبر
        [11] نوفمبر
       *[12] ديسمبر
    }
month-short =
    { $month ->
        [1] يناير
        [2] فبراير
        [3] مارس
        [4] أبريل
        [5] مايو
        [6] يونيو
        [7] يوليو
        [8] أغسطس
        [9] سبتمبر
        [10] أكتوبر
        [11] نوفمبر
       *[12] ديسمبر
    }
date-time = { $day } { $month } { $year }، { $time } UTC
date-time-precise = { $day } { $month }، { $time } UTC
time-utc = { $time } UTC
day-long = { $day } { $month } { $year }
day-short = { $day } { $month }
month-year = { $month } { $year }
no-time = (وقت غير صالح)

## ما يقال عن العطل

reason-status = رمز الحالة { $status }
reason-name-not-found = الاسم غير موجود
reason-name-server-silent = خادم الأسماء لا يستجيب
reason-refused = رُفض الاتصال
reason-no-route = لا يوجد مسار
reason-connect-timeout = انتهت مهلة الاتصال
reason-tls-handshake = فشلت مصافحة TLS
reason-certificate = الشهادة غير صالحة
reason-reset = أُعيد ضبط الاتصال
reason-closed-early = أُغلق الاتصال قبل أوانه
reason-read-timeout = لا استجابة في الوقت المحدد
reason-bad-http = استجابة غير صالحة
reason-unexpected-status = رمز حالة غير متوقع
reason-body = محتوى غير متوقع
reason-not-measured = تعذّر القياس
reason-no-data = لا توجد بيانات
reason-dependency = تعطّل شيء يعتمد عليه
reason-certificate-ends = تنتهي صلاحية الشهادة قريبًا
reason-slow = بطيء
reason-unstable =
    { $count ->
        [one] غير مستقر: تغيّرت الحالة مرة واحدة خلال { $span }
        [two] غير مستقر: تغيّرت الحالة مرتين خلال { $span }
        [few] غير مستقر: تغيّرت الحالة { $count } مرات خلال { $span }
        [many] غير مستقر: تغيّرت الحالة { $count } مرة خلال { $span }
       *[other] غير مستقر: تغيّرت الحالة { $count } مرة خلال { $span }
    }
reason-join = { $first }؛ { $second }
blind-slept = كان المضيف في وضع السكون
blind-stalled = كانت العملية متوقفة أو المضيف مثقل بالحمل
blind-clock = غُيّرت ساعة المضيف
blind-no-route = لا يوجد للمضيف مسار إلى الشبكة
blind-next-hop = بوابة المضيف لا تستجيب
blind-canaries = شبكة المراقبة نفسها لا تستجيب
blind-names = خوادم الأسماء لا تستجيب

## صفحة الحالة

overall = الحالة العامة
as-of = حتى { $time }
headline-nothing = لا شيء تحت المراقبة بعد
headline-operational = جميع الأنظمة تعمل
headline-one =
    { $state ->
        [degraded] { $name }: أداء متدنٍّ
        [partial-outage] { $name }: انقطاع جزئي
        [outage] { $name }: متوقف عن العمل
        [maintenance] { $name }: قيد الصيانة
       *[unknown] { $name }: لا يُقاس في الوقت الحالي
    }
headline-all =
    { $state ->
        [degraded] جميع المكوّنات ({ $all }) تعمل بأداء متدنٍّ
        [partial-outage] جميع المكوّنات ({ $all }) في انقطاع جزئي
        [outage] جميع المكوّنات ({ $all }) متوقفة عن العمل
        [maintenance] جميع المكوّنات ({ $all }) قيد الصيانة
       *[unknown] جميع المكوّنات ({ $all }) لا تُقاس في الوقت الحالي
    }
headline-some =
    { $state ->
        [degraded] { $number } من أصل { $all } من المكوّنات تعمل بأداء متدنٍّ
        [partial-outage] { $number } من أصل { $all } من المكوّنات في انقطاع جزئي
        [outage] { $number } من أصل { $all } من المكوّنات متوقفة عن العمل
        [maintenance] { $number } من أصل { $all } من المكوّنات قيد الصيانة
       *[unknown] { $number } من أصل { $all } من المكوّنات لا تُقاس في الوقت الحالي
    }
status-description = { $headline }. حالة { $title } وسجلها وحوادثها.
since-age = منذ { $time } ({ $age })
since-small = منذ { $time }
why = ما سبب العطل؟
no-data = لا توجد بيانات
formula = نسبة التوفر = 1 − (الانقطاع + ½ × الانقطاع الجزئي) ÷ (الوقت كله − الصيانة − غير المعروف). يُحتسب الأداء المتدني توفرًا.
group-components = المكوّنات
group-further = مكوّنات أخرى
fold-close = إغلاق
fold-open = فتح
gist = { $well } من أصل { $all } تعمل
column-days = 90 يومًا
column-uptime = التوفر
column-latency = الوسيط في 24 س
bars = { $name }، آخر 90 يومًا
bar = { $day }: { $words }
bar-outage = { $share }، انقطاع { $time }
bar-partial = { $share }، انقطاع جزئي { $time }
bar-degraded = { $share }، أداء متدنٍّ { $time }
bar-maintenance = صيانة
legend = معنى الأعمدة
legend-short = انقطاع أقل من 10 د
legend-longer = أقل من ساعتين
legend-longest = أطول
legend-no-data = لا توجد بيانات
latency-none = لا أوقات بعد
latency-hint = وسيط زمن الاستجابة في آخر 24 ساعة
blind = لا ترى المراقبة شيئًا منذ { $time }: { $reason }. ما يتعذّر قياسه في هذه الأثناء يظهر غير معروف، ولا يُحتسب توفرًا ولا انقطاعًا.
storage = لا يمكن حفظ القياسات في الوقت الحالي. الحالة المعروضة حديثة، وقد يظهر في السجل نقص لاحقًا.
only-self = <strong>لا يراقب Gatewatch حتى الآن إلا نفسه.</strong> أضِف موقعًا إلى <file>gatewatch.toml</file> ثم أعِد التحميل، أو ابدأ التشغيل مع <option>--watch https://shop.example.com/</option>:
active = الحوادث الجارية
maintenance-heading = الصيانة
maintenance-on = جارية الآن: من { $from } إلى { $until }، { $names }
maintenance-planned = مخطط لها: من { $from } إلى { $until }، { $names }
names-join = { $first }، { $second }
calendar = جميع الأعمال المخطط لها في تقويم
past = الحوادث السابقة
past-none = لا حوادث في آخر 14 يومًا.
by-month = جميع الحوادث بحسب الشهر

## المكوّن وفتراته

component-title = { $name }: { $state }
component-description = { $name }: { $state }. سجل 90 يومًا.
uptime-quarter = نسبة التوفر، 90 يومًا
last-measured = آخر قياس
never-measured = لا قياس بعد
measured-every = يُقاس كل
as-of-label = حتى
last-quarter = آخر 90 يومًا
today = اليوم
interruptions-by-day = الانقطاعات بحسب اليوم
interruptions-none = لا شيء في آخر 90 يومًا.
times-utc = الأوقات بالتوقيت العالمي UTC.
clock-since = منذ { $time }
clock-span = { $from } – { $until }
still-lasting = مستمر
latency-day = زمن الاستجابة، آخر 24 ساعة
latency-day-none = لا أزمنة استجابة في آخر 24 ساعة.
latency-described = زمن الاستجابة خلال 24 ساعة: الأدنى { $low }، الوسيط { $median }، الأعلى { $highest }
lowest = الأدنى
median = الوسيط
highest = الأعلى
adds-up = كيف تُحسب نسبة التوفر
sum = الوقت في كل حالة
sum-state = الحالة
sum-time = الوقت
sum-counts = في نسبة التوفر
sum-up = متوفر
sum-half = نصفه انقطاع
sum-down = انقطاع
sum-out = لا يُحتسب
none = لا شيء
incidents = الحوادث
ranges = الفترة الزمنية
range-now = الآن
range-day = 24 ساعة
range-week = 7 أيام
range-quarter = 90 يومًا
range-year = سنة واحدة
range-title = { $name }: { $range }
range-heading = { $name }، { $range }
range-description = { $name }: نسبة التوفر وأزمنة الاستجابة، { $range }.
range-uptime = نسبة التوفر، { $range }
range-from = من
range-until = إلى
range-latency = زمن الاستجابة
range-over = زمن الاستجابة خلال { $range }
range-empty = لم يُقَس شيء في هذه الفترة ({ $range }).
interruptions = الانقطاعات
range-none = لا شيء في هذه الفترة ({ $range }).
range-unlisted =
    { $count ->
        [one] هناك انقطاع سابق واحد غير مدرج.
        [two] هناك انقطاعان سابقان غير مدرجين.
        [few] هناك { $count } انقطاعات سابقة غير مدرجة.
        [many] هناك { $count } انقطاعًا سابقًا غير مدرج.
       *[other] هناك { $count } انقطاع سابق غير مدرج.
    }
chart-described = لم يستغرق نصف القياسات أكثر من { $half }، ولم تستغرق 95% منها أكثر من { $most }؛ وفي أبطأ جزء من الفترة بلغ حد 95% { $highest }.
chart-failed = فشل { $failed } من أصل { $count } من القياسات.
chart-key = معنى الخطوط
chart-median = الوسيط
chart-most = لم تستغرق 95% أكثر من ذلك
chart-some-failed = فشل بعضها
most = 95%
probes = القياسات
failed = الفاشلة
as-table = البيانات نفسها في جدول
table-latency = أزمنة الاستجابة
table-caption = أزمنة الاستجابة، الأحدث أولًا؛ الأوقات بالتوقيت العالمي UTC

## الحوادث والشهور والتقارير

affected = المتأثر
edited = عُدّل في { $time }
lasted = استمر { $age }
lasting = منذ { $age }
incident-span = { $from } – { $until }
incident-description = { $phase }: { $title }
month-title = حوادث { $month }
month-description = حوادث { $month }: { $title }.
month-none = لا حوادث في { $month }.
month-count =
    { $count ->
        [zero] لا حوادث
        [one] حادث واحد
        [two] حادثان
        [few] { $count } حوادث
        [many] { $count } حادثًا
       *[other] { $count } حادث
    }
month-list = القائمة
month-report = تقرير { $month }: نسبة التوفر والانقطاعات لكل مكوّن
months = الشهور
report-title = تقرير { $month }
report-description = نسبة التوفر والانقطاعات وأزمنة الاستجابة في { $month }: { $title }.
report-heading = { $title }: تقرير { $month }
report-extent = من { $from } إلى { $until }.
report-so-far = لم ينته الشهر بعد.
report-caption = الأوقات بالساعات والدقائق والثواني
report-component = المكوّن
report-uptime = نسبة التوفر
report-outages = الانقطاعات
report-longest = الأطول

## الأداة المضمنة

widget-uptime = { $share } في 90 يومًا
widget-silent = لا أخبار منذ ذلك الحين: صفحة الحالة لا تستجيب.

## الاشتراكات

subscribe-description = تلقَّ إشعارات بالحوادث وأعمال الصيانة: { $title }.
subscribe = الاشتراك
subscribe-lede = تلقَّ إشعارًا عند بدء حادث أو تغيّره أو انتهائه، وبأعمال الصيانة المخطط لها.
subscribe-off = لا ترسل هذه الصفحة بريدًا إلكترونيًا: الاشتراكات معطّلة إلى أن يحدّد أحد المسؤولين خادم بريد تحت <section>[subscriptions]</section> في <file>gatewatch.toml</file>.
subscribe-refused-off = الاشتراكات معطّلة هنا. تقول الخلاصات الشيء نفسه.
subscribe-too-often = كثرت المحاولات. يُرجى الانتظار بضع دقائق ثم المحاولة مرة أخرى.
subscribe-full = لا تُقبل اشتراكات جديدة في الوقت الحالي. تقول الخلاصات أدناه الشيء نفسه.
target-none = يُرجى كتابة عنوان بريد إلكتروني.
target-neither = يُرجى كتابة عنوان بريد إلكتروني أو عنوان webhook.
target-both = يُرجى كتابة عنوان بريد إلكتروني أو عنوان webhook، لا كليهما.
target-email = هذا ليس عنوان بريد إلكتروني يمكن الإرسال إليه.
target-webhook = لا يمكن استخدام هذا الـ webhook: يُرجى كتابة العنوان العام كاملًا، مثل https://hooks.example.com/x.
target-component = أحد المكوّنات غير موجود في هذه الصفحة.
only-of = لهذه فقط
only-of-hint = لا تحدّد أيًّا منها لتصلك إشعارات بكل شيء.
email = البريد الإلكتروني
email-hint = تصل أولًا رسالة فيها رابط، ولا يصل شيء آخر قبل التأكيد.
webhook = Webhook
webhook-hint = بدلًا من عنوان بريد إلكتروني، للبرامج. يتلقى رسالة أولى ويرد بقيمة «challenge» التي فيها، أو يقودك إلى صفحة التأكيد.
subscribe-promise = لا يُستخدم العنوان إلا لهذه الرسائل. وكل رسالة منها تتيح إنهاء الاشتراك بنقرة واحدة.
feeds = الخلاصات
feeds-list = من دون ترك عنوان: <atom>Atom</atom> أو <rss>RSS</rss> أو <json>JSON Feed</json>، وأعمال الصيانة في <calendar>تقويم</calendar>. ولصفحة كل مكوّن خلاصات خاصة بها.
asked = خطوة أخيرة
asked-lede = إذا كان الإرسال إلى هذا العنوان ممكنًا، فإن رسالة فيها رابط في الطريق إليه. يُرجى فتح الرابط والضغط على الزر هناك خلال يومين.
asked-hint = لم يصل شيء إلى بريدك بعد بضع دقائق؟ يُرجى البحث في مجلد الرسائل غير المرغوب فيها. لا يُرسل إلى العنوان الواحد أكثر من ثلاث مرات في اليوم.
asked-webhook = يتلقى الـ webhook رسالة خاصة به، وله أن يرد عليها بقيمة «challenge» التي فيها.
covers-all = كل ما في هذه الصفحة
covers-gone = مكوّنات لم تعد في هذه الصفحة
confirm-heading = يُرجى تأكيد الاشتراك
mine-heading = اشتراكك
mine-email = بريد إلكتروني إلى <strong>{ $target }</strong>، بشأن: { $covers }.
mine-webhook = Webhook على <strong>{ $target }</strong>، بشأن: { $covers }.
save = حفظ
end-heading = إنهاء الاشتراك
unsubscribe = إلغاء الاشتراك
confirm = تأكيد
refuse-hint = لم تطلب ذلك؟ إذا لم تفعل شيئًا فلن يصل شيء آخر. وهذا الزر يمنع الآخرين من الطلب مجددًا لمدة شهر:
refuse = لم أطلب ذلك
ended = أُلغي الاشتراك
ended-text = مُحي العنوان. ولن تصل أي رسالة أخرى.
refused = شكرًا لك
refused-text = مُحي العنوان، ولا يمكن لأحد أن يطلب هنا رسائل إليه لمدة شهر.
again = الاشتراك من جديد

## لمن ظهر أمامه الخطأ 502

help-title = {"\u2066"}502 Bad Gateway{"\u2069"}: ما هو وما الذي يمكنك فعله
help-description = ماذا يعني {"\u2066"}502 Bad Gateway{"\u2069"}، وهل السبب عندك أم عندنا، وما الذي يفيد.
help-heading = ظهر لك الخطأ «{"\u2066"}502 Bad Gateway{"\u2069"}»
help-lede = تلقّت البوابة التي أمام الموقع طلبك، لكنها لم تحصل على رد صالح من الخادم الذي خلفها. من شبه المؤكد أن جهازك واتصالك سليمان.
help-now = الحالة الآن
help-fine =
    { $count ->
        [one] مكوّن آخر واحد يعمل.
        [two] مكوّنان آخران يعملان.
        [few] { $count } مكوّنات أخرى تعمل.
        [many] { $count } مكوّنًا آخر يعمل.
       *[other] { $count } مكوّن آخر يعمل.
    }
help-what = ما الذي حدث
help-what-text = نادرًا ما يكون الموقع جهازًا واحدًا. يتحدث متصفحك إلى بوابة، وهي خادم يستقبل كل طلب ويسلّمه إلى الجهاز الذي يؤدي العمل. لقد ردّت عليك البوابة، فالطريق منك إلينا سليم. أما ما كان عليها أن تنقله من الخلف فكان مفقودًا أو تالفًا أو متأخرًا، والرقم 502 يعني ذلك.
help-do = ما الذي يمكنك فعله
help-do-wait = <strong>انتظر نصف دقيقة ثم أعِد التحميل مرة واحدة.</strong> كثير من أخطاء 502 لا يدوم إلا ثواني، مثلًا أثناء إعادة تشغيل خادم.
help-do-look = <strong>انظر إلى الحالة أعلاه.</strong> إن أظهرت مشكلة فنحن على علم بها، ولن يفيد شيء من جهتك. هذه الصفحة تتجدد تلقائيًا.
help-do-fresh = <strong>إن كان كل شيء أعلاه يعمل،</strong> فأعِد التحميل بالضغط على {"\u2066"}Ctrl + F5{"\u2069"} (أو {"\u2066"}⌘ + Shift + R{"\u2069"} على أجهزة Mac)، ثم جرّب نافذة خاصة أو شبكة أخرى. قد يُظهر خادم وكيل في الشركة أو شبكة VPN أو نسخة قديمة في الطريق خطأ 502 لا نراه.
help-do-tell = <strong>إن استمر الخطأ،</strong> فأبلغ دعم الموقع بالعنوان والوقت مع منطقتك الزمنية وأي رقم مرجعي في صفحة الخطأ.
help-reload = متى تفيد إعادة التحميل ومتى تضر
help-reload-text = إعادة قراءة صفحة لا تضر. أما بعد إرسال طلب شراء أو دفعة أو رسالة، فتحقق أولًا في حسابك أو بريدك من وصولها: فقد يكون الجهاز الذي خلف البوابة قد أنجز العمل ولم يُفقد سوى رده. وتكرار إعادة التحميل يبطئ الموقع المثقل بالحمل على الجميع، وعليك أيضًا.
help-relatives = أخطاء قريبة منه
help-500 = فشل الموقع نفسه وأعلن ذلك.
help-503 = الموقع مثقل بالحمل أو قيد الصيانة، وهو يعلم ذلك.
help-504 = مثل 502، لكن الجهاز الذي خلف البوابة استغرق وقتًا طويلًا.
help-causes = هل تدير الموقع؟ تجد <causes>أسباب الخطأ 502</causes> مع الأدلة والحلول (بالإنجليزية).

## الأخطاء

error-400 = تعذّرت قراءة هذا الطلب
error-400-text = هناك شيء غير صحيح في العنوان أو في النموذج.
error-401 = يُرجى تسجيل الدخول
error-401-text = هذه الصفحة للمسؤولين.
error-403 = غير مسموح
error-403-text = رُفض الطلب ولم يتغير شيء.
error-404 = لا توجد صفحة كهذه
error-404-text = ربما كُتب العنوان خطأ، أو لم يعد ما كان هنا موجودًا.
error-405 = لا يمكن فعل ذلك هنا
error-405-text = العنوان موجود، لكن ليس لهذا النوع من الطلبات.
error-408 = استغرق ذلك وقتًا طويلًا
error-408-text = لم يصل الطلب في الوقت المناسب.
error-410 = لم يعد هذا موجودًا
error-410-text = سُحب ما كان هنا.
error-413 = الحجم كبير جدًا
error-413-text = الطلب أكبر مما تقبله هذه الصفحة.
error-421 = هذا ليس ذلك الموقع
error-421-text = طُلب Gatewatch باسم لا يستجيب له. يضيف المسؤولون الأسماء تحت [server] hosts في gatewatch.toml.
error-429 = طلبات كثيرة جدًا
error-429-text = يُرجى الانتظار لحظة ثم المحاولة مرة أخرى.
error-503 = غير متاح في الوقت الحالي
error-503-text = لا يمكن عرض هذا الجزء الآن. صفحة الحالة ما زالت قائمة.
error-500 = حدث خطأ هنا
error-500-text = الخطأ من جهتنا وقد سُجّل. صفحة الحالة ما زالت قائمة.
error-other = لم ينجح ذلك
error-other-text = تعذّر تنفيذ الطلب.
error-reference = حدث خطأ من جهتنا (المرجع { $reference }).
error-database = تتعذّر قراءة ما سُجّل سابقًا في الوقت الحالي. صفحة الحالة نفسها حديثة ولا تحتاج إليه.
