import { moduleText } from '@/app/i18n'

export const useText = moduleText('lists', {
  'zh-CN': {
    title: '需求清单', lead: '链主和专精特新企业按产业链公开的配套、协同研发、采购和攻关需求清单。', none: '还没有公开的清单', noneText: '清单里有需求公开发布后，就会出现在这里。', all: '全部',
    kinds: { matching: '产品配套', joint_rnd: '技术协同研发', procurement: '采购', needs: '研发攻关需求' },
    kind: '清单类型', chain: '产业链', publisher: '发布单位', items: '清单条目', count: '{n} 项公开', ofCount: '共 {n} 项，其中 {m} 项公开', empty: '清单里还没有您可以看到的需求。', back: '需求清单',
    columns: { title: '需求名称', number: '编号', itemNumber: '企业项目编号', kind: '类型', budget: '预算', state: '状态', deadline: '截止' },
    mine: { title: '需求清单', lead: '按产业链和用途管理本单位的需求，整张清单导入、导出、复制。', none: '还没有清单', noneText: '先建一张清单，再用表格把需求整批导入；填写需求时写上清单名称也会自动归入。', create: '新建清单', name: '清单名称', nameHelp: '以后可以改名，条目和链接不变。', note: '说明', public: '公开清单页（条目仍按各自的公开范围显示）', make: '建立清单', made: '清单已建立', updated: '建立时间' },
    own: { export: '导出表格', import: '表格导入', clone: '复制清单', cloneText: '每一项复制为新的草稿，截止时间、公开编号和附件不复制。', cloneName: '新清单的名称', rename: '改名', renameText: '“{name}”改名后，条目、页面链接和订阅都不变；表格里仍写旧名称的，也会归到这张清单。', renameName: '新的名称', cloned: '已复制为新清单', hide: '不公开清单页', show: '公开清单页', saved: '已保存', notPublic: '清单页未公开', copying: '正在复制条目' },
  },
  en: {
    title: 'Demand lists', lead: 'Matching, joint research, procurement and research needs that chain leaders and small firms publish by industry chain.', none: 'No public list yet', noneText: 'A list appears here once something on it is public.', all: 'All',
    kinds: { matching: 'Parts and matching', joint_rnd: 'Joint research', procurement: 'Procurement', needs: 'Research needs' },
    kind: 'Kind of list', chain: 'Industry chain', publisher: 'Publisher', items: 'Items', count: '{n} public', ofCount: '{n} in all, {m} public', empty: 'Nothing on this list is for you to read yet.', back: 'Demand lists',
    columns: { title: 'Demand', number: 'Number', itemNumber: 'Own number', kind: 'Kind', budget: 'Budget', state: 'State', deadline: 'Deadline' },
    mine: { title: 'Demand lists', lead: 'Keep your demands by chain and purpose; import, export and copy a list as a whole.', none: 'No list yet', noneText: 'Make a list, then import demands from a spreadsheet; a demand that names a list is on it too.', create: 'New list', name: 'Name', nameHelp: 'It can be renamed later; items and links stay.', note: 'Note', public: 'Public list page (items still show as their own visibility says)', make: 'Make the list', made: 'The list is there', updated: 'Made' },
    own: { export: 'Export', import: 'Import', clone: 'Copy the list', cloneText: 'Every item becomes a new draft; deadlines, public numbers and files are not copied.', cloneName: 'Name of the new list', rename: 'Rename', renameText: 'Items, links and feeds of “{name}” stay as they are; a spreadsheet that still says the old name is read into it.', renameName: 'New name', cloned: 'Copied', hide: 'Hide the list page', show: 'Show the list page', saved: 'Saved', notPublic: 'The list page is not public', copying: 'Items are being copied' },
  },
})
